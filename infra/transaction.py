"""The one imperative shell: load, decide, save, commit.

Tables are locked in the order the domain declares them and rows in the order of their keys, each table once, so
batches of several lanes queue up and do not deadlock. A decision that reads against that order costs one fresh start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from infra import inbox, operations, outbox, parked, timers
from infra.batch import Batch, Settled
from infra.clock import utcnow
from infra.database import TRANSIENT, Connection, Pool
from infra.decision import Row
from infra.errors import Backwards, InvalidMessage
from infra.failpoint import failpoint
from infra.group import Group
from infra.inbox import Seen
from infra.incoming import Incoming
from infra.outbox import Bundle
from infra.parked import Parking
from infra.writing import Writing

Wanted = dict[type[Row], set[Any]]
LOST_RACES = (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError)
MOST_KEYS = 1_000
"""Rows of one transaction; a batch that wants more is halved."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction left behind."""

    bundle: Bundle | None
    batch: Batch
    parkings: Sequence[Parking]
    due: Sequence[datetime]


class Transaction:
    """Settles batches of one lane. `owner` is the process, `epoch` its right to the lane."""

    def __init__(self, pool: Pool, group: Group, lane: int, owner: UUID, delays: Sequence[float]) -> None:
        self.pool, self.group, self.lane, self.owner, self.delays = pool, group, lane, owner, delays
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
        headers = {name: value for name, value in one.headers.items() if not name.startswith("x-")}
        parking = Parking(
            one.id, envelope.message.partition_key, envelope.message.topic, headers, one.body, "dead",
            envelope.attempt + 1, now, reason, "",
        )  # fmt: skip
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
                    committed = await self._save(connection, batch, fresh, sent)
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

    async def _save(self, connection: Connection, batch: Batch, fresh: Sequence[Incoming], sent: Sequence[UUID]) -> Committed:
        writing = Writing()
        await self._save_rows(connection, batch, writing)
        by_id = {one.id: one for one in fresh}
        done = batch.done
        seen = [_remembered(one, by_id[one.envelope.id]) for one in done]
        parkings = [self._parking(one, by_id[one.envelope.id], batch.now) for one in batch.settled if not one.done]
        back = [one.envelope for one in batch.settled if by_id[one.envelope.id].origin == "parked"]
        if back:
            failed = {one.id for one in parkings}
            await parked.leave(connection, [one.id for one in back if one.id not in failed])
        await parked.park(connection, self.lane, parkings)
        if self.group.ordered and back:
            await parked.release(connection, self.lane, {one.message.partition_key for one in back})
        if batch.timers or batch.cancelled:
            await timers.save(writing, self.lane, batch.timers.values(), batch.cancelled)
        late = [(one.envelope, by_status.status) for one, by_status in _pairs(batch.settled, parkings)]
        told = operations.told(done, late, self.group.name, batch.now)
        rung = [one.envelope for one in done if one.sent and by_id[one.envelope.id].origin == "timer"]
        bundle = outbox.bundle_of([letter for one in done for letter in one.sent] + told, rung)
        await inbox.remember(writing, seen)
        await outbox.forget(writing, sent)
        if bundle.letters:
            await outbox.save(writing, self.owner, bundle, self.lane)
        await writing.flush(connection)
        due = [one.due for one in batch.timers.values() if one.due]
        return Committed(bundle if bundle.letters else None, batch, parkings, due + [one.due for one in parkings])

    async def _save_rows(self, connection: Connection, batch: Batch, writing: Writing) -> None:
        """All of them in one statement, but for the rows that must make room for others first."""
        stores = self.group.stores.values()
        for store in stores:
            await store.delete(connection, batch.deleted(store.kind))
        for store in stores:
            changed, created, before = batch.changed(store.kind), batch.created(store.kind), batch.loaded[store.kind]
            await store.update(connection if store.goes_ahead(changed, created, before) else writing, changed, before)
            await store.insert(writing, created)

    def _parking(self, settled: Settled, incoming: Incoming, now: datetime) -> Parking:
        """An error is named by its type and place only: its text might quote the message."""
        envelope, error = settled.envelope, settled.error
        attempts = envelope.attempt + (error is not None)
        status, due = ("behind", now) if settled.behind else parked.schedule(attempts, self.delays, now)
        headers = {name: value for name, value in incoming.headers.items() if not name.startswith("x-")}
        message = envelope.message
        return Parking(
            envelope.id, message.partition_key, message.topic, headers, incoming.body, status, attempts, due,
            type(error).__name__ if error else "behind", explained(error) if error else "",
        )  # fmt: skip

    def _remember_held(self, committed: Committed) -> None:
        if self.group.ordered:
            for one in committed.parkings:
                if one.status != "dead":
                    self.held.setdefault(one.key, one.id)


def _remembered(settled: Settled, incoming: Incoming) -> tuple[UUID, bytes, str | None]:
    """The answer is kept where somebody waits for one: the first message that the decision sent."""
    if incoming.reply_to and settled.sent:
        first = settled.sent[0].message
        incoming.answer = f'{{"type":"{first.topic}","data":{first.model_dump_json()}}}'
    return incoming.id, incoming.digest, incoming.answer


def _pairs(settled: Sequence[Settled], parkings: Sequence[Parking]) -> list[tuple[Settled, Parking]]:
    by_id = {one.id: one for one in parkings}
    return [(one, by_id[one.envelope.id]) for one in settled if one.envelope.id in by_id]


def explained(error: BaseException) -> str:
    """A broken constraint by its name, anything else by its place."""
    constraint = getattr(error, "constraint_name", None)
    return f"constraint {constraint}" if constraint else where(error)


def where(error: BaseException) -> str:
    """File, line and function of the last frames: enough to find the bug, nothing of the message."""
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-1]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return " < ".join(reversed(frames[-4:]))[:500]
