"""What can be followed over the socket: a domain's events about one thing, numbered by their owner, from any of them on.

A domain declares its channels in `edge/routes/<domain>.py`; the edge knows none of them by name.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from contracts.message import Event, Query
from edge.calls import Call
from edge.problems import Problem
from edge.rules import without_seals

MOST_WAITING = 256
PAUSES = (0.2, 1.0, 2.0, 5.0)
"""Seconds until an owner that could not answer is asked again."""


class Told(NamedTuple):
    """One numbered message of a channel. `type` is the event's topic."""

    sequence: int
    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Channel:
    """`name:<id>` tells these events, where the event's field `key` is that id.

    `may` raises a Problem unless the caller may follow it; `history` is the query for what came after a number, whose
    answer has `items`, oldest first and as many as it likes. Both get a call whose `path` has the id under `key`, so a
    route's own check fits. An item has the fields of its event; where there are several events, `type` names its topic.
    `sequence` is the field that numbers items and events; without it events are numbered as the owner's aggregate is.
    `sealed`: only the owner can open what its events carry, so an event tells that there is news, and he is asked for it.
    """

    name: str
    events: tuple[type[Event], ...]
    key: str
    history: Callable[[Call[None], int], Query]
    may: Callable[[Call[None]], Awaitable[object]]
    sequence: str = ""
    sealed: bool = False

    def told(self, item: Mapping[str, Any], topic: str = "", number: int = 0) -> Told:
        """An event with its topic and its aggregate's number, or an item of the history, which has both in itself."""
        return Told(
            int(item[self.sequence or "sequence"]) if self.sequence or not topic else number,
            topic or str(item.get("type") or self.events[0].topic),
            without_seals(dict(item)),
        )


class Feed:
    """What has come live and was not sent yet. What is too much is forgotten: the owner is asked for it."""

    def __init__(self) -> None:
        self._waiting: deque[Told] = deque()
        self._missed = False
        self._wake = asyncio.Event()

    def put(self, told: Told) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.interrupt()
        else:
            self._waiting.append(told)
            self._wake.set()

    def interrupt(self) -> None:
        """Something may be missing."""
        self._waiting.clear()
        self._missed = True
        self._wake.set()

    async def next(self) -> Told | None:
        """None when something was missed."""
        while not self._waiting and not self._missed:
            self._wake.clear()
            await self._wake.wait()
        if self._missed:
            self._missed = False
            return None
        return self._waiting.popleft()


class Hub:
    """Hands what this process hears to those who follow it."""

    def __init__(self, channels: Iterable[Channel] = ()) -> None:
        self.channels = {one.name: one for one in channels}
        self._by_topic: dict[str, list[Channel]] = {}
        for channel in self.channels.values():
            for event in channel.events:
                self._by_topic.setdefault(event.topic, []).append(channel)
        self._feeds: dict[str, set[Feed]] = {}

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(self._by_topic)

    def heard(self, topic: str, data: Mapping[str, Any], sequence: int) -> None:
        for channel in self._by_topic.get(topic, ()):
            if feeds := self._feeds.get(f"{channel.name}:{data.get(channel.key, '')}"):
                told = channel.told(data, topic, sequence)
                for feed in feeds:
                    if channel.sealed:
                        feed.interrupt()
                    else:
                        feed.put(told)

    def interrupted(self) -> None:
        """Nothing was heard for a while."""
        for feeds in self._feeds.values():
            for feed in feeds:
                feed.interrupt()

    @contextmanager
    def feed(self, address: str) -> Iterator[Feed]:
        feed = Feed()
        self._feeds.setdefault(address, set()).add(feed)
        try:
            yield feed
        finally:
            self._feeds[address].discard(feed)
            if not self._feeds[address]:
                del self._feeds[address]


async def follow(channel: Channel, call: Call[None], feed: Feed, after: int) -> AsyncIterator[Told]:
    """Everything after that number, in order, each once: first from the owner, then live; gaps are the owner's again.

    The feed stands before the owner is asked, so nothing falls in between.
    """
    last, gap = after, None
    while True:
        async for told in _history(channel, call, last):
            last = told.sequence
            yield told
        if gap is not None and gap.sequence > last:
            # The owner skips numbers in this channel, so that is how it is.
            last = gap.sequence
            yield gap
        while (gap := await feed.next()) is not None and gap.sequence <= last + 1:
            if gap.sequence > last:
                last = gap.sequence
                yield gap


async def _history(channel: Channel, call: Call[None], after: int) -> AsyncIterator[Told]:
    while True:
        page = orjson.loads(await _patiently(call, channel.history(call, after)))
        new = [told for item in page["items"] if (told := channel.told(item)).sequence > after]
        for told in new:
            yield told
        if not new:
            return
        after = new[-1].sequence


async def _patiently(call: Call[None], query: Query) -> bytes:
    """An owner who is away for a moment does not end the following. Raises Problem for every other refusal."""
    for pause in PAUSES:
        try:
            return await call.ask(query)
        except Problem as problem:
            if problem.kind not in {"late", "overloaded"}:
                raise
        await asyncio.sleep(pause)
    return await call.ask(query)
