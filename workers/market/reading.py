"""From the bytes of a price file to its days, whatever language, encoding or title it has.

Everything is read, so that the report counts each kind of mistake; the first fatal one says where the file is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from types import MappingProxyType

from contracts.market import Bar, Encoding, Fault, Finding, ReadingFailure
from contracts.price import LARGEST_PRICE, SCALE

MOST_ROWS = 10_000
FIRST_LINES = 5
TITLES = 5
"""Lines before the headings at most."""

HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "day": ("date", "day", "日付", "年月日"),
    "open": ("open", "始値"),
    "high": ("high", "高値"),
    "low": ("low", "安値"),
    "close": ("close", "終値"),
    "volume": ("volume", "出来高", "売買高"),
    "adjusted_close": ("adjusted", "adj close", "adj. close", "adjusted close", "adj_close", "終値調整値", "調整後終値"),
    "symbol": ("symbol", "ticker", "code", "コード", "銘柄コード"),
})  # fmt: skip
COLUMNS = {heading: column for column, headings in HEADINGS.items() for heading in headings}
NEEDED = ("day", "open", "high", "low", "close", "volume")
PRICES = ("open", "high", "low", "close", "adjusted_close")

_PREFIX = re.compile(r"^([A-Za-z0-9-]{1,16})\.(?=[A-Za-z])")
_TITLE = re.compile(r"^([0-9][0-9A-Z]{3})\s+(\S.*)$")
_SYMBOL = re.compile(r"^[A-Z0-9][A-Z0-9.-]{0,15}$", re.ASCII)
_NUMBER = re.compile(r"^-?(\d{1,3}(,\d{3})+|\d{1,16})(\.\d{1,20})?$", re.ASCII)
_DAY = re.compile(r"^(\d{4})([-/])(\d{1,2})\2(\d{1,2})$", re.ASCII)


class Unreadable(Exception):
    """The file is no such file."""

    def __init__(self, line: int, error: str, column: str = "", reason: ReadingFailure = "invalid_csv") -> None:
        super().__init__(error)
        self.fault = Fault(reason=reason, line=line, column=column[:64], error=error[:200])


class Report:
    """Counts each finding, remembers its first lines, and the first fault of all."""

    def __init__(self) -> None:
        self._found: dict[str, Finding] = {}
        self.fault: Fault | None = None

    def note(self, check: str, line: int = 0, detail: str = "") -> None:
        self._add(check, "note", line, detail)

    def warn(self, check: str, line: int = 0, detail: str = "") -> None:
        self._add(check, "warning", line, detail)

    def fail(self, check: str, line: int, column: str, error: str, reason: ReadingFailure) -> None:
        self._add(check, "fatal", line, error)
        fault = Fault(reason=reason, line=line, column=column[:64], error=error[:200])
        if self.fault is None or line < self.fault.line:
            self.fault = fault

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(self._found.values())

    def _add(self, check: str, severity: str, line: int, detail: str) -> None:
        old = self._found.get(check)
        lines = old.lines if old else ()
        if line and line not in lines and len(lines) < FIRST_LINES:
            lines = (*lines, line)
        count, said = (old.count + 1, old.detail) if old else (1, detail[:200])
        self._found[check] = Finding(check=check, severity=severity, count=count, lines=lines, detail=said)  # type: ignore[arg-type]


@dataclass(slots=True)
class Sheet:
    """What the file says. `bars` are (line, day) in the order of the file; `headings` are the file's own words."""

    encoding: Encoding
    symbol: str = ""
    name: str = ""
    rows: int = 0
    bars: list[tuple[int, Bar]] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)


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
    columns, width = _head(records, sheet, report)
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
            symbols.add(_symbol(found, line))
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


def _head(records: Iterator[tuple[int, list[str]]], sheet: Sheet, report: Report) -> tuple[dict[str, int], int]:
    """The place of each column we know, and the number of columns. A title before the headings may name the symbol."""
    line = 0
    for line, record in records:
        names, prefixes = _names(record)
        if "day" in names:
            _check_head(names, record, line, report)
            sheet.headings.update({column: record[n].strip() for column, n in names.items()})
            for prefix in sorted(prefixes):
                _take_symbol(sheet, prefix.upper(), line)
            if "adjusted_close" not in names:
                report.note("no_adjusted_close", line, "the close stands for it")
            return names, len(record)
        if line > TITLES:
            break
        if title := _TITLE.match(record[0].strip()):
            _take_symbol(sheet, title[1], line)
            sheet.name = sheet.name or "".join(one for one in title[2] if one.isprintable())[:200]
    raise Unreadable(min(line, 1), "no line of headings with a date: " + ", ".join(NEEDED), "date")


def _names(record: Sequence[str]) -> tuple[dict[str, int], set[str]]:
    names: dict[str, int] = {}
    prefixes: set[str] = set()
    for n, heading in enumerate(record):
        plain = heading.strip()
        if (prefix := _PREFIX.match(plain)) and COLUMNS.get(plain[prefix.end() :].lower()):
            prefixes.add(prefix[1])
            plain = plain[prefix.end() :]
        if (column := COLUMNS.get(plain.lower())) and column not in names:
            names[column] = n
    return names, prefixes


def _check_head(names: Mapping[str, int], record: Sequence[str], line: int, report: Report) -> None:
    for column in NEEDED:
        if column not in names:
            raise Unreadable(line, f"a column is missing: one of {', '.join(HEADINGS[column])}", HEADINGS[column][0])
    for n in range(len(record)):
        if n not in names.values():
            report.note("ignored_columns", line, f"the first is number {n + 1}")


def _take_symbol(sheet: Sheet, symbol: str, line: int) -> None:
    if sheet.symbol and sheet.symbol != symbol:
        raise Unreadable(line, "the file names another symbol than was stated, or two", reason="mixed_symbols")
    sheet.symbol = _symbol(symbol, line)


def _symbol(written: str, line: int) -> str:
    if not _SYMBOL.match(written):
        raise Unreadable(line, "no symbol can be written like this", reason="unknown_symbol")
    return written


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
