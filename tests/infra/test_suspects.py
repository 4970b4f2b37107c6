"""A message that may have killed the process runs alone, so that a death names one and not two."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from infra import ids, ownership, settling
from infra.actor import Verifier
from infra.envelope import Envelope
from infra.incoming import Incoming
from infra.lane import Lane
from infra.settling import Settling
from tests.infra.harness import Add, toy
from tests.infra.test_batches import incoming


class Slow:
    """Settles when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.pool, self.lane = None, 0
        self.settled: list[UUID] = []

    async def settle(self, work: Sequence[Incoming], sent: Sequence[UUID] = ()) -> list[Any]:
        await self.go.wait()
        self.settled += [one.id for one in work]
        return []


def settling_of(turn: asyncio.Lock) -> tuple[Settling, Slow]:
    relay: Any = SimpleNamespace(confirmed=list)
    slow = Slow()
    lane = Lane(toy(), 0, None, relay, ids.root(), (5.0,), Verifier(None), turn)  # type: ignore[arg-type]  # no database
    lane.settling.transaction = slow  # type: ignore[assignment]
    return lane.settling, slow


def suspect() -> Incoming:
    return incoming(Envelope.fresh(Add(name="a", amount=1), "test"))


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    found: list[UUID] = []

    async def name(pool: object, number: int, message: UUID) -> int:
        found.append(message)
        return 1

    monkeypatch.setattr(ownership, "suspect", name)
    return found


async def test_two_suspects_of_a_process_are_named_one_after_the_other(named: list[UUID]) -> None:
    turn = asyncio.Lock()
    (first, slow), (second, other) = settling_of(turn), settling_of(turn)
    killer, innocent = suspect(), suspect()
    async with asyncio.TaskGroup() as both:
        both.create_task(first.settle_alone(killer))
        both.create_task(second.settle_alone(innocent))
        await asyncio.sleep(0.01)
        assert named == [killer.id], "whoever dies now is known by name, and nobody else is accused"
        other.go.set()
        slow.go.set()
    assert named == [killer.id, innocent.id] and other.settled == [innocent.id]


async def test_a_suspect_whose_turn_does_not_come_runs_unnamed(named: list[UUID], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "TURN", 0.01)
    turn = asyncio.Lock()
    await turn.acquire()
    waiting, slow = settling_of(turn)
    slow.go.set()
    await waiting.settle_alone(one := suspect())
    assert named == [] and slow.settled == [one.id]
