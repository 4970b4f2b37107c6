"""When a parcel is expected: business days by region, counted from the warehouse in Tokyo (domains.md B14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta, timezone
from types import MappingProxyType
from typing import TypeAlias

IsHoliday: TypeAlias = Callable[[date], bool]
"""Whether a day is a public holiday; a calendar is data from outside, so a rule is given it."""

JST = timezone(timedelta(hours=9), "JST")
CUT_OFF = time(15, 0)
"""Ordered before, it leaves on the same business day; ordered at this time, on the next."""


def _days() -> dict[str, int]:
    near, far, farthest = range(2, 31), (1, *range(31, 47)), (47,)
    days = {f"JP-{number:02d}": 1 for number in near}
    days |= {f"JP-{number:02d}": 2 for number in far}
    return days | {f"JP-{number:02d}": 3 for number in farthest}


DAYS = MappingProxyType(_days())
"""Business days on the way: one on Honshu from Aomori to Kinki, two to Hokkaido and the west, three to Okinawa."""


def estimated_delivery(prefecture: str, ordered: datetime, is_holiday: IsHoliday) -> date:
    """The day in Japan on which the parcel should arrive. Weekends and holidays carry nothing."""
    local = ordered.astimezone(JST)
    leaves = local.date() if local.time() < CUT_OFF else local.date() + timedelta(days=1)
    while not _works(leaves, is_holiday):
        leaves += timedelta(days=1)
    arrives = leaves
    for _ in range(DAYS[prefecture]):
        arrives += timedelta(days=1)
        while not _works(arrives, is_holiday):
            arrives += timedelta(days=1)
    return arrives


def _works(day: date, is_holiday: IsHoliday) -> bool:
    return day.weekday() < 5 and not is_holiday(day)
