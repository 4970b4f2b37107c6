"""The first lines of a price file: which column is which, and what a title says.

Headings are English or Japanese; a symbol may stand before each of them, or in a title above.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from contracts.market import Bar, Encoding
from workers.market.findings import Report, Unreadable

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
_PREFIX = re.compile(r"^([A-Za-z0-9-]{1,16})\.(?=[A-Za-z])")
_TITLE = re.compile(r"^([0-9][0-9A-Z]{3})\s+(\S.*)$")
_SYMBOL = re.compile(r"^[A-Z0-9][A-Z0-9.-]{0,15}$", re.ASCII)


@dataclass(slots=True)
class Sheet:
    """What the file says. `bars` are (line, day) in the order of the file; `headings` are the file's own words."""

    encoding: Encoding
    symbol: str = ""
    name: str = ""
    rows: int = 0
    bars: list[tuple[int, Bar]] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)


def head(records: Iterator[tuple[int, list[str]]], sheet: Sheet, report: Report) -> tuple[dict[str, int], int]:
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
    sheet.symbol = symbol_of(symbol, line)


def symbol_of(written: str, line: int) -> str:
    if not _SYMBOL.match(written):
        raise Unreadable(line, "no symbol can be written like this", reason="unknown_symbol")
    return written
