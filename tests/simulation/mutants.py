"""Seven ways to build the kernel wrong. Each replaces a function of the real kernel, for as long as the context lasts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import pytest

from infra import ids, inbox, wire
from infra.incoming import Incoming
from infra.outbox import Bundle
from infra.relay import Relay
from infra.settling import Settling
from infra.store import Store
from infra.wire import Addressed, Flight, Wire
from tests.simulation.plan import planned
from tests.simulation.run import Verdict, simulate

Mutant: TypeAlias = Callable[[pytest.MonkeyPatch], None]


def no_inbox(patch: pytest.MonkeyPatch) -> None:
    """Nothing is remembered, so a copy is a message like any other."""

    async def remember(writing: Any, rows: Any) -> None: ...

    patch.setattr(inbox, "remember", remember)


def acknowledges_before_commit(patch: pytest.MonkeyPatch) -> None:
    """As a consumer with automatic acknowledgement does."""
    settle = Settling.settle

    async def hasty(settling: Settling, work: list[Incoming]) -> None:
        for one in work:
            if one.delivery is not None:
                await settling._acknowledge(one.delivery, multiple=False)
                one.delivery = None
        await settle(settling, work)

    patch.setattr(Settling, "settle", hasty)


def relay_with_a_cursor(patch: pytest.MonkeyPatch) -> None:
    """Takes what is newer than the newest it has seen: but bundles are not committed in the order of their ids."""
    put = Relay.put

    def beyond(self: Relay, bundle: Bundle) -> None:
        cursor: UUID = getattr(self, "cursor", UUID(int=0))
        if bundle.id > cursor:
            self.cursor = bundle.id  # type: ignore[attr-defined]
            put(self, bundle)

    patch.setattr(Relay, "put", beyond)


def relay_that_ignores_returns(patch: pytest.MonkeyPatch) -> None:
    """The broker confirms what it returns, and only the return says that nobody got it."""

    async def deaf(wire: Wire, frame: Any) -> None: ...

    patch.setattr(Wire, "_returned", deaf)


def relay_that_does_not_wait_for_confirms(patch: pytest.MonkeyPatch) -> None:
    """What has been written to the connection counts as sent."""
    send = Wire.send

    async def sent(self: Wire, letters: Sequence[Addressed]) -> Flight:
        flight = await send(self, letters)
        flight.settle(0, len(flight.fates), wire._ACK)
        return flight

    patch.setattr(Wire, "send", sent)


def locks_as_asked(patch: pytest.MonkeyPatch) -> None:
    """Rows are locked one after the other as the messages happen to name them, not in the order of their keys."""
    load = Store.load

    async def unsorted(self: Store[Any], connection: Any, keys: Iterable[object]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        backwards = list(connection.server.sessions).index(connection.session) % 2 == 1
        for key in sorted(keys, reverse=backwards):  # type: ignore[type-var]  # keys of one table
            found |= await load(self, connection, [key])
        return found

    patch.setattr(Store, "load", unsorted)


def ids_without_the_group(patch: pytest.MonkeyPatch) -> None:
    """A uuid5 of cause and ordinal: two groups that hear one event then send two messages of one id."""

    def derived(cause: UUID, group: str, handler: str, topic: str, ordinal: int, at: datetime | None = None) -> UUID:
        digest = hashlib.sha1(f"{cause}|{ordinal}".encode()).digest()
        stamp = cause.int >> 80 if at is None else int(at.timestamp() * 1000)
        return ids._shaped(stamp, int.from_bytes(digest[:10]), 5)

    patch.setattr(ids, "derived", derived)


MUTANTS: dict[str, Mutant] = {
    "no inbox": no_inbox,
    "acknowledge before commit": acknowledges_before_commit,
    "cursor relay": relay_with_a_cursor,
    "relay ignoring returns": relay_that_ignores_returns,
    "relay not waiting for confirms": relay_that_does_not_wait_for_confirms,
    "unsorted locks": locks_as_asked,
    "uuid5 without the group": ids_without_the_group,
}


def first_caught(name: str, seeds: Iterable[int]) -> Verdict | None:
    """The verdict on the first of these schedules that the mutant does not pass."""
    with pytest.MonkeyPatch.context() as patch:
        MUTANTS[name](patch)
        return next((one for seed in seeds if not (one := simulate(planned(seed))).good), None)
