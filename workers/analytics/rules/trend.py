"""Which way prices go: two moving averages over trading days, their order and their crossings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from contracts.analytics import Crossing

SHORT, LONG = 5, 25
"""Trading days; 25 are about a month, as chart books in Japan have it."""

Direction = Literal["up", "down", "flat", "unknown"]


def moving_average(closes: Sequence[int], days: int) -> list[int | None]:
    """Of each day with those before it, rounded down; None while there are too few."""
    sums = [0]
    for close in closes:
        sums.append(sums[-1] + close)
    return [None if n < days else (sums[n] - sums[n - days]) // days for n in range(1, len(sums))]


def direction(closes: Sequence[int]) -> Direction:
    """Up when the last days' average stands over the month's."""
    short, long = (moving_average(closes, days)[-1] for days in (SHORT, LONG))
    if short is None or long is None:
        return "unknown"
    return "up" if short > long else "down" if short < long else "flat"


def crossings(days: Sequence[date], closes: Sequence[int]) -> list[Crossing]:
    """Where the order of the averages turned; equal averages are no turn until one of them leads again."""
    found: list[Crossing] = []
    led = 0
    for day, short, long in zip(days, moving_average(closes, SHORT), moving_average(closes, LONG), strict=True):
        if short is None or long is None or short == long:
            continue
        leads = 1 if short > long else -1
        if led and leads != led:
            found.append(Crossing(day=day, kind="golden" if leads > 0 else "dead"))
        led = leads
    return found
