"""Puts the simulated surroundings where the kernel looks for the real ones, and takes them away again."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from infra import clock, due, errors, ids, lane, member, outbox, pace, relay, settling, tasks, transaction, wire, writing
from infra.database import TRANSIENT
from infra.errors import Fenced
from tests.simulation import domains
from tests.simulation.clock import BEGAN, PROCESS, Killed
from tests.simulation.consuming import SimulatedRabbitBroker
from tests.simulation.pool import Gathered, Pool
from tests.simulation.publishing import SimulatedPublisher
from tests.simulation.world import World

EXPECTED = (*TRANSIENT, Fenced)
"""What may end a task of the kernel while its surroundings fail: it is restarted, and that is all."""


@contextmanager
def imitated(world: World, *, loud: bool = False) -> Iterator[None]:
    """One world at a time: the kernel's modules are the process's own."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (lane, pace, settling, relay, wire, clock):
            patch.setattr(module, "time", world.clock)
        for module in (lane, settling, relay, transaction, due):
            patch.setattr(module, "failpoint", world.failpoint)
        patch.setattr(clock, "_then", BEGAN)
        patch.setattr(clock, "_since", 0.0)
        patch.setattr(ids, "os", SimpleNamespace(urandom=world.chance.randbytes))
        patch.setattr(outbox, "_ordered", SimpleNamespace(next=lambda: world.ordered[_own()].next()))
        patch.setattr(writing, "_one", Gathered.of)
        patch.setattr(member, "Publisher", type("Publisher", (SimulatedPublisher,), {"broker": world.broker}))
        patch.setattr(member, "RabbitBroker", type("RabbitBroker", (SimulatedRabbitBroker,), {"broker": world.broker}))
        patch.setattr(member, "unpacking", SimpleNamespace(install=lambda: None))
        patch.setattr(member, "RabbitQueue", lambda name, **given: SimpleNamespace(name=name))
        patch.setattr(member, "connect", _connecting(world))
        patch.setattr(tasks, "log", SimpleNamespace(exception=_noting(world)))
        patch.setattr(domains, "die", world.die)
        kernel = logging.getLogger("infra")
        before = kernel.level
        kernel.setLevel(logging.DEBUG if loud else logging.CRITICAL)
        world.loop.set_exception_handler(lambda loop, context: _note(world, context.get("exception")))
        try:
            yield
        finally:
            kernel.setLevel(before)


def _own() -> Any:
    return PROCESS.get()


def _connecting(world: World) -> Any:
    async def connect(url: str, size: int, name: str) -> Pool:
        """Named after a group."""
        return Pool(world.servers[name.removeprefix("hikyaku ")], size)

    return connect


def _noting(world: World) -> Any:
    def exception(text: str, *values: object) -> None:
        _note(world, sys.exc_info()[1])

    return exception


def _note(world: World, error: BaseException | None) -> None:
    if error is not None and not isinstance(error, (*EXPECTED, Killed)):
        place = errors.where(error)
        world.strange.append(f"{type(error).__name__}: {error} ({place})")
