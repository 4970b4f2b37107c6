"""Whether the days of a file can be true together (S4-11, S4-63): order, repetitions, trading days, jumps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise

from contracts.market import Bar
from contracts.price import Exchange
from workers.market.findings import Report
from workers.market.headings import Sheet

Sessions = Callable[[Exchange, date, date], Sequence[date] | None]
"""The trading days of an exchange between two days, both included; None when its calendar does not go there."""

JUMP = 50
"""Per cent from one close to the next, as in qlib's check of data health."""


def check(sheet: Sheet, exchange: Exchange, sessions: Sessions, today: date, report: Report) -> list[Bar]:
    """The days in order, each once. Call it on what could be read even when something fatal was found before."""
    ordered = _in_order(sheet, report)
    for line, bar in ordered:
        if bar.day > today:
            report.fail("future", line, sheet.headings["day"], "a day that has not come yet", "impossible_prices")
        if not (bar.low <= bar.open <= bar.high and bar.low <= bar.close <= bar.high):
            report.warn("outside_range", line, "open or close is not between low and high")
    _check_jumps(ordered, report)
    if ordered and report.fault is None:
        _check_sessions(ordered, exchange, sessions, report)
    return [bar for _, bar in ordered]


def _in_order(sheet: Sheet, report: Report) -> list[tuple[int, Bar]]:
    """A day that comes again with the same values is one day; with others nobody knows which is true."""
    seen: dict[date, Bar] = {}
    kept: list[tuple[int, Bar]] = []
    for line, bar in sheet.bars:
        if kept and bar.day < kept[-1][1].day and bar.day not in seen:
            report.note("unsorted", line, "the days were put in order")
        if bar.day not in seen:
            seen[bar.day] = bar
            kept.append((line, bar))
        elif seen[bar.day] == bar:
            report.note("duplicates", line, "the same day with the same values")
        else:
            report.fail("conflicts", line, sheet.headings["day"], "the same day with other values", "impossible_prices")
    return sorted(kept, key=lambda one: one[1].day)


def _check_jumps(ordered: Sequence[tuple[int, Bar]], report: Report) -> None:
    """A jump of the adjusted close is strange; one of the close alone is a split that the source has adjusted."""
    for (_, before), (line, bar) in pairwise(ordered):
        if _jumps(before.adjusted_close, bar.adjusted_close):
            report.warn("jumps", line, f"by more than {JUMP} % from one day to the next")
        elif _jumps(before.close, bar.close):
            report.note("splits", line, "the close jumps, the adjusted close does not")


def _jumps(before: int, after: int) -> bool:
    return abs(after - before) * 100 > JUMP * before


def _check_sessions(ordered: Sequence[tuple[int, Bar]], exchange: Exchange, sessions: Sessions, report: Report) -> None:
    trading = sessions(exchange, ordered[0][1].day, ordered[-1][1].day)
    if trading is None:
        report.note("no_calendar", detail="the calendar of the exchange does not go so far back")
        return
    days, opened = {bar.day: line for line, bar in ordered}, set(trading)
    for day, line in days.items():
        if day not in opened:
            report.warn("no_session", line, f"{exchange} did not trade on {day}")
    following = iter(ordered)
    line, bar = next(following)
    for day in trading:
        while bar.day < day:
            line, bar = next(following)
        if bar.day != day:
            report.warn("gaps", line, f"{exchange} traded on {day}")
