"""Answers kept for a while: a route file declares which, for how long, and the events that make them stale.

Product master 1 h, users 30 min, a customer's orders 10 min, stock never (S3-63 … S3-66).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.message import Event

MOST_ENTRIES = 20_000


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers about one thing, by its id: for so many seconds, and until one of these events names it in `key`."""

    name: str
    seconds: float
    key: str
    stale: tuple[type[Event], ...]


class Cache:
    """By owner and key. Nothing is kept that was asked for before the owner's last change, nor while `deaf`."""

    def __init__(self, seconds: float, most: int = MOST_ENTRIES, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.most, self.clock = seconds, most, clock
        self.deaf = True
        self.hits = self.misses = 0
        self._kept: dict[str, dict[str, tuple[float, bytes]]] = {}
        self._changes: dict[str, int] = {}
        self._size = self._floor = 0

    def get(self, owner: str, key: str = "") -> bytes | None:
        kept = self._kept.get(owner, {}).get(key)
        if kept is not None and kept[0] > self.clock():
            self.hits += 1
            return kept[1]
        self.misses += 1
        return None

    def ticket(self, owner: str) -> int:
        """Take it before asking the owner, give it back with the answer."""
        return self._changes.get(owner, self._floor)

    def put(self, owner: str, ticket: int, answer: bytes, key: str = "") -> None:
        if self.deaf or ticket != self.ticket(owner):
            return
        if self._size >= self.most:
            self.clear()
        entries = self._kept.setdefault(owner, {})
        self._size += key not in entries
        entries[key] = (self.clock() + self.seconds, answer)

    def changed(self, owner: str) -> None:
        if len(self._changes) >= self.most:
            # The count goes on from a common floor, so that no old ticket fits again.
            self._floor = max(self._changes.values()) + 1
            self._changes.clear()
        self._changes[owner] = self.ticket(owner) + 1
        self._size -= len(self._kept.pop(owner, {}))

    def clear(self) -> None:
        """Full, or deaf for a moment."""
        self._kept.clear()
        self._size = 0


class Caches:
    def __init__(self, declared: Iterable[Kept] = ()) -> None:
        self._declared = {one: Cache(one.seconds) for one in declared}
        self._stale: dict[str, list[Kept]] = {}
        for kept in self._declared:
            for event in kept.stale:
                self._stale.setdefault(event.topic, []).append(kept)

    def of(self, kept: Kept) -> Cache:
        return self._declared[kept]

    @property
    def topics(self) -> frozenset[str]:
        """The events that make declared answers stale."""
        return frozenset(self._stale)

    def heard(self, topic: str, data: Mapping[str, Any]) -> None:
        for kept in self._stale.get(topic, ()):
            self.of(kept).changed(str(data.get(kept.key, "")))

    def hearing(self, hears: bool) -> None:
        """Whether the events that invalidate arrive. Those missed can't be made up for: begin anew."""
        for cache in self._declared.values():
            cache.deaf = not hears
            cache.clear()
