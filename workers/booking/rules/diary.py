"""The days of casts and guests, while one decision looks at them and writes in them. Half-open times: [start, end)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.decision import Gone, Outcomes, Rows
from workers.booking.rules.state import Day, Reservation

MOST = 200
"""Entries of one person and day: invitations that stand, and bookings."""


@dataclass(frozen=True, slots=True)
class Entry:
    reservation_id: str
    starts_at: datetime
    ends_at: datetime
    confirmed: bool

    def overlaps(self, starts_at: datetime, ends_at: datetime) -> bool:
        return self.starts_at < ends_at and starts_at < self.ends_at


class Diary:
    """Reads days as they are asked for; `outcomes` saves those that changed."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._before: dict[str, Day | None] = {}
        self._entries: dict[str, dict[str, Entry]] = {}

    def overlapping(self, person: str, starts_at: datetime, ends_at: datetime) -> list[Entry]:
        """In the order of their ids."""
        found = {one.reservation_id: one for page in self._pages(person, starts_at, ends_at) for one in page.values()}
        return [found[key] for key in sorted(found) if found[key].overlaps(starts_at, ends_at)]

    def is_full(self, person: str, starts_at: datetime, ends_at: datetime) -> bool:
        return any(len(page) >= MOST for page in self._pages(person, starts_at, ends_at))

    def enter(self, person: str, it: Reservation) -> None:
        """As it stands; what stood there of it before is replaced."""
        entry = Entry(it.reservation_id, it.starts_at, it.ends_at, it.status == "confirmed")
        for page in self._pages(person, it.starts_at, it.ends_at):
            page[it.reservation_id] = entry

    def erase(self, person: str, it: Reservation) -> None:
        for page in self._pages(person, it.starts_at, it.ends_at):
            page.pop(it.reservation_id, None)

    def outcomes(self) -> Outcomes:
        for key, page in sorted(self._entries.items()):
            before = self._before[key]
            entries = [_written(page[name]) for name in sorted(page)]
            if entries and (before is None or before.entries != entries):
                yield Day(key, entries)
            elif before and not entries:
                yield Gone(Day, key)

    def _pages(self, person: str, starts_at: datetime, ends_at: datetime) -> list[dict[str, Entry]]:
        keys = [f"{person}/{day}" for day in _days(starts_at, ends_at)]
        unread = [key for key in keys if key not in self._entries]
        read = self._rows.each(Day, unread) if unread else {}
        for key in unread:
            self._before[key] = day = read.get(key)
            self._entries[key] = {entry["id"]: _read(entry) for entry in day.entries} if day else {}
        return [self._entries[key] for key in keys]


def cast(cast_id: str) -> str:
    return f"cast/{cast_id}"


def guest(guest_id: str) -> str:
    return f"guest/{guest_id}"


def _days(starts_at: datetime, ends_at: datetime) -> Iterator[str]:
    day, last = starts_at.astimezone(UTC).date(), (ends_at - timedelta(microseconds=1)).astimezone(UTC).date()
    while day <= last:
        yield day.isoformat()
        day += timedelta(days=1)


def _written(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.reservation_id, "starts_at": entry.starts_at.isoformat(), "ends_at": entry.ends_at.isoformat(),
        "confirmed": entry.confirmed,
    }  # fmt: skip


def _read(entry: dict[str, Any]) -> Entry:
    starts_at, ends_at = datetime.fromisoformat(entry["starts_at"]), datetime.fromisoformat(entry["ends_at"])
    return Entry(entry["id"], starts_at, ends_at, entry["confirmed"])
