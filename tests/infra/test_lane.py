"""How long a lane waits for company before it begins a batch."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

from contracts.message import Event
from infra import ids
from infra.delivery import Delivery
from infra.group import Group
from infra.lane import Lane
from infra.pace import ENOUGH
from tests.infra.harness import Added, metadata


class Slow(Event):
    topic, about, patience = "toy.slow.v1", "name", 0.2
    name: str


def _lane() -> Lane:
    group = Group("toy", tables={}, metadata=metadata)
    for kind in (Slow, Added):
        group.on(kind, lambda message, rows, now: iter(()))
    nobody: Any = None
    return Lane(group, 0, nobody, nobody, ids.root(), (), nobody, asyncio.Lock())


class Feeding:
    """Deliveries as the broker would hand them over."""

    def __init__(self) -> None:
        self.lane, self.channel, self.tag = _lane(), SimpleNamespace(is_closed=False), 0

    def __call__(self, *kinds: type[Event]) -> None:
        for kind in kinds:
            self.tag += 1
            self.lane.feed(Delivery(self.channel, self.tag, "events", "", kind.topic, "", "", "", "", b"", {}))  # type: ignore[arg-type]

    async def waited(self) -> float:
        began = time.monotonic()
        await self.lane.pace.wait()
        return time.monotonic() - began


async def test_a_single_message_is_not_delayed() -> None:
    feed = Feeding()
    feed(Added)
    assert await feed.waited() < 0.05


async def test_a_patient_message_waits_for_company_and_no_longer_than_its_patience() -> None:
    feed = Feeding()
    feed(Slow)
    asyncio.get_running_loop().call_later(0.1, feed, Slow)
    assert 0.15 < await feed.waited() < 0.3
    assert len(feed.lane.intake) == 2


async def test_an_urgent_message_takes_the_patient_ones_along() -> None:
    feed = Feeding()
    feed(Slow, Slow)
    asyncio.get_running_loop().call_later(0.05, feed, Added)
    assert await feed.waited() < 0.15
    assert len(feed.lane.intake) == 3


async def test_a_good_batch_waits_for_nobody() -> None:
    feed = Feeding()
    feed(*[Slow] * ENOUGH)
    assert await feed.waited() < 0.05


async def test_a_lane_that_drains_waits_for_nobody() -> None:
    feed = Feeding()
    feed(Slow)
    await feed.lane.drain()
    assert await feed.waited() < 0.05
