"""The one imperative shell: load, decide, save, commit.

Tables are locked in the order the domain declares them and rows in the order of their keys, each table once, so
batches of several lanes queue up and do not deadlock. A decision that reads against that order costs one fresh start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from infra import inbox, operations, outbox, parked, timers
from infra.batch import Batch
from infra.clock import utcnow
from infra.database import TRANSIENT, Connection, Pool
from infra.decision import Row
from infra.errors import Backwards, InvalidMessage
from infra.failpoint import failpoint
from infra.group import Group
from infra.inbox import Seen
from infra.incoming import Incoming
from infra.saving import Committed, Saving, parking_of

Wanted = dict[type[Row], set[Any]]
LOST_RACES = (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError)
MOST_KEYS = 1_000
"""Rows of one transaction; a batch that wants more is halved."""


class Transaction:
    """Settles batches of one lane. `owner` is the process, `epoch` its right to the lane."""

    def __init__(self, pool: Pool, group: Group, lane: int, owner: UUID, delays: Sequence[float]) -> None:
        self.pool, self.group, self.lane, self.owner = pool, group, lane, owner
        self.saving = Saving(group, lane, owner, delays)
        self.epoch = 0
        self.held: dict[str, UUID] = {}

    async def settle(self, work: Sequence[Incoming], sent: Sequence[UUID] = (), now: datetime | None = None) -> list[Committed]:
        """All in one transaction; when the database refuses one of them, halves, down to the offender.

        Raises Fenced when the lane has another owner, and what is in TRANSIENT: then nothing of the last part is
        written and the caller comes again with the whole batch, of which the inbox knows what was settled.
        """
        now = now or utcnow()
        try:
            return [await self._once(work, sent, now)]
        except LOST_RACES as error:
            # A row that appeared between our reading and our writing is a lost race and no offence: read it.
            try:
                return [await self._once(work, sent, now)]
            except LOST_RACES:
                return await self._halves(work, now, error)
        except asyncpg.DataError as error:
            return await self._halves(work, now, error)
        except TRANSIENT:
            raise
        except (asyncpg.PostgresError, InvalidMessage, ValueError, TypeError) as error:
            return await self._halves(work, now, error)

    async def settle_singly(self, work: Sequence[Incoming]) -> list[Committed]:
        """Each in a transaction of its own; one that the database gives no time is parked."""
        committed: list[Committed] = []
        for one in work:
            try:
                committed += await self.settle([one])
            except asyncpg.QueryCanceledError as error:
                committed.append(await self._once([one], (), utcnow(), refusal=error))
        return committed

    async def give_up(self, one: Incoming, reason: str) -> None:
        """To the dead letters without another attempt."""
        now = utcnow()
        envelope = one.envelope
        parking = parking_of(one, "dead", envelope.attempt + 1, now, reason)
        async with self.pool.acquire() as connection, self._entered(connection, [one]) as seen:
            if not await self._fresh(connection, [one], seen):
                return
            await parked.park(connection, self.lane, [parking])
            bundle = outbox.bundle_of(operations.told([], [(envelope, "dead")], self.group.name, now))
            if bundle.letters:
                await outbox.save(connection, self.owner, bundle, self.lane)

    async def _halves(self, work: Sequence[Incoming], now: datetime, error: Exception) -> list[Committed]:
        if len(work) == 1:
            return [await self._once(work, (), now, refusal=error)]
        half = len(work) // 2
        return await self.settle(work[:half], (), now) + await self.settle(work[half:], (), now)

    async def _once(
        self, work: Sequence[Incoming], sent: Sequence[UUID], now: datetime, refusal: Exception | None = None
    ) -> Committed:
        """`refusal` is what the database said to this one message: it is parked instead of decided."""
        wanted: Wanted = defaultdict(set)
        while True:
            try:
                async with self.pool.acquire() as connection, self._entered(connection, work) as seen:
                    fresh = await self._fresh(connection, work, seen)
                    if self.held:
                        self.held = await parked.heads(connection, self.lane)
                    batch = Batch([one.envelope for one in fresh], self.group, now, self.held, self._returning(fresh))
                    if refusal is None:
                        await self._decide(connection, batch, wanted)
                    else:
                        batch.decide_not(refusal)
                    committed = await self.saving.save(connection, batch, fresh, sent)
                    failpoint("transaction.before_commit")
                failpoint("transaction.after_commit")
                break
            except Backwards:
                continue  # with what is wanted known by now
        self._remember_held(committed)
        answers = {one.id: one.answer for one in fresh}
        for one in work:
            one.answer = answers.get(one.id, one.answer)  # the copies within this batch get the first one's
        return committed

    def _entered(self, connection: Connection, work: Sequence[Incoming]) -> AbstractAsyncContextManager[dict[UUID, Seen]]:
        return inbox.entered(connection, self.lane, self.epoch, [one.id for one in work])

    async def _fresh(self, connection: Connection, work: Sequence[Incoming], seen: dict[UUID, Seen]) -> list[Incoming]:
        """Without duplicates and without timers that were cancelled on their way, in order of first arrival."""
        rings = [(one.envelope.message.topic, one.envelope.message.subject, one.id) for one in work if one.origin == "timer"]
        rung = await timers.take(connection, rings) if rings else set()
        fresh: dict[UUID, Incoming] = {}
        for one in work:
            # Nothing is left of an earlier attempt that the database refused, least of all an answer.
            one.refused, one.answer = "", None
            before, twin = seen.get(one.id), fresh.get(one.id)
            if before is not None and not (before.parked and one.origin == "parked"):
                one.answer = before.answer
                one.refused = "" if before.parked or before.digest == one.digest else "conflicting-duplicate"
            elif twin is not None:
                one.refused = "" if twin.digest == one.digest else "conflicting-duplicate"
            elif one.origin != "timer" or one.id in rung:
                fresh[one.id] = one
        await parked.leave(connection, [one.id for one in work if one.origin == "parked" and one.id not in fresh])
        return list(fresh.values())

    def _returning(self, fresh: Sequence[Incoming]) -> set[UUID]:
        """Parked messages whose turn has come: the next one of their key is here, and not parked again by an earlier part."""
        here = {one.id for one in fresh if one.origin == "parked"}
        return {one.id for one in fresh if one.id in here and self.held.get(one.envelope.message.partition_key) in here}

    async def _decide(self, connection: Connection, batch: Batch, wanted: Wanted) -> None:
        """Table by table, load what the decisions turn out to read; deciding again shows what is missing still."""
        missing = await self._looked_up(connection, batch, wanted)
        for store in self.group.stores.values():
            if not missing:
                return
            if keys := wanted[store.kind]:
                batch.loaded[store.kind] = await store.load(connection, keys)
                missing = await self._looked_up(connection, batch, wanted)
        if missing:
            raise Backwards

    async def _looked_up(self, connection: Connection, batch: Batch, wanted: Wanted) -> set[type[Row]]:
        """Decide, until nothing is missing but rows of the tables. A lookup locks nothing, so it has no turn to wait for."""
        while True:
            missing = batch.decide()
            for kind, keys in missing.items():
                wanted[kind] |= keys
            if sum(map(len, wanted.values())) > MOST_KEYS and len(batch.envelopes) > 1:
                raise ValueError(f"more than {MOST_KEYS} rows for {len(batch.envelopes)} messages")
            looked_up = [self.group.lookups[kind] for kind in missing if kind in self.group.lookups]
            if not looked_up:
                return set(missing)
            for lookup in looked_up:
                batch.loaded[lookup.kind] |= await lookup.load(connection, missing[lookup.kind])

    def _remember_held(self, committed: Committed) -> None:
        if self.group.ordered:
            for one in committed.parkings:
                if one.status != "dead":
                    self.held.setdefault(one.key, one.id)
