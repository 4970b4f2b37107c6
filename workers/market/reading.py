"""From the bytes of a price file to its days, whatever language, encoding or title it has.

Everything is read, so that the report counts each kind of mistake; the first fatal one says where the file is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from contracts.market import Bar, Encoding
from contracts.price import LARGEST_PRICE, SCALE
from workers.market.findings import Report, Unreadable
from workers.market.headings import Sheet, head, symbol_of

MOST_ROWS = 10_000
PRICES = ("open", "high", "low", "close", "adjusted_close")
_NUMBER = re.compile(r"^-?(\d{1,3}(,\d{3})+|\d{1,16})(\.\d{1,20})?$", re.ASCII)
_DAY = re.compile(r"^(\d{4})([-/])(\d{1,2})\2(\d{1,2})$", re.ASCII)


def decode(content: bytes) -> tuple[str, Encoding]:
    """UTF-8 if it can be, then the Shift_JIS of Windows. Raises Unreadable."""
    if b"\0" in content:
        raise Unreadable(content[: content.index(b"\0")].count(b"\n") + 1, "a NUL is no text: neither UTF-8 nor Shift_JIS")
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp932"), "cp932"
    except UnicodeDecodeError as error:
        raise Unreadable(content[: error.start].count(b"\n") + 1, "neither UTF-8 nor Shift_JIS (cp932)") from None


def read(content: bytes, symbol: str, name: str, report: Report) -> Sheet:
    """The days of the file; `symbol` and `name` were stated by the sender. Raises Unreadable."""
    text, encoding = decode(content)
    sheet = Sheet(encoding, symbol, name)
    records = _records(text)
    columns, width = head(records, sheet, report)
    symbols: set[str] = {sheet.symbol} - {""}
    for line, record in records:
        sheet.rows += 1
        if sheet.rows > MOST_ROWS:
            raise Unreadable(line, f"more than {MOST_ROWS} days")
        if len(record) != width:
            report.fail("columns", line, "", f"{len(record)} columns instead of {width}", "invalid_csv")
            continue
        values = {column: record[n].strip() for column, n in columns.items()}
        if found := values.pop("symbol", "").upper():
            symbols.add(symbol_of(found, line))
            if len(symbols) > 1:
                heading = sheet.headings["symbol"]
                report.fail("mixed_symbols", line, heading, "another symbol than before", "mixed_symbols")
        if bar := _bar(values, line, sheet.headings, report):
            sheet.bars.append((line, bar))
    if not sheet.rows:
        raise Unreadable(0, "no day in it")
    sheet.symbol = sheet.symbol or next(iter(sorted(symbols)), "")
    if not sheet.symbol:
        raise Unreadable(0, "the file names no symbol; say it with `symbol`", reason="unknown_symbol")
    return sheet


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line where it begins, blank ones left out."""
    records = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(line, str(error)) from None
        if any(value.strip() for value in record):
            yield line, record
        line = records.line_num + 1


def _bar(values: Mapping[str, str], line: int, headings: Mapping[str, str], report: Report) -> Bar | None:
    """The day, or None where a value cannot be read or be a price: then the report knows why."""
    day = _day(values["day"])
    if day is None:
        report.fail("dates", line, headings["day"], "not a day such as 2005-01-04", "invalid_csv")
    prices: dict[str, int] = {}
    for column in PRICES:
        if column in values and (price := _price(values[column], line, headings[column], report)):
            prices[column] = price
    if "adjusted_close" not in values and "close" in prices:
        prices["adjusted_close"] = prices["close"]
    volume = values["volume"].replace(",", "")
    if not (volume.isascii() and volume.isdigit() and len(volume) <= 15):
        report.fail("volumes", line, headings["volume"], "not a whole number of at least 0", "invalid_csv")
        return None
    if day is None or len(prices) < len(PRICES):
        return None
    if prices["high"] < prices["low"]:
        report.fail("high_below_low", line, headings["high"], "the high is below the low", "impossible_prices")
        return None
    return Bar(day=day, volume=int(volume), **prices)


def _day(written: str) -> date | None:
    found = _DAY.match(written)
    try:
        return date(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        return None


def _price(written: str, line: int, heading: str, report: Report) -> int | None:
    """In millionths; what is written finer is rounded half to even, and noted."""
    if not _NUMBER.match(written):
        report.fail("numbers", line, heading, "not a number", "invalid_csv")
        return None
    exact = Decimal(written.replace(",", "")).scaleb(SCALE)
    scaled = int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))
    if scaled != exact:
        report.note("rounded", line, f"to {SCALE} digits after the point")
    if scaled <= 0:
        report.fail("not_positive", line, heading, "a price must be above 0", "impossible_prices")
        return None
    if scaled > LARGEST_PRICE:
        report.fail("too_large", line, heading, "a price must be below a thousand million", "impossible_prices")
        return None
    return scaled
