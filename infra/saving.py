"""What a decided batch leaves in the database: rows, the inbox with answers, parked messages, timers, the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from infra import inbox, operations, outbox, parked, timers
from infra.batch import Batch, Settled
from infra.database import Connection
from infra.errors import explained
from infra.group import Group
from infra.incoming import Incoming
from infra.outbox import Bundle
from infra.parked import Parking
from infra.writing import Writing


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction left behind."""

    bundle: Bundle | None
    batch: Batch
    parkings: Sequence[Parking]
    due: Sequence[datetime]


class Saving:
    """For one lane. `owner` is the process, `delays` the seconds between the attempts of a message that fails."""

    def __init__(self, group: Group, lane: int, owner: UUID, delays: Sequence[float]) -> None:
        self.group, self.lane, self.owner, self.delays = group, lane, owner, delays

    async def save(self, connection: Connection, batch: Batch, fresh: Sequence[Incoming], sent: Sequence[UUID]) -> Committed:
        """`sent` are the bundles that the relay has meanwhile got confirmed."""
        writing = Writing()
        await self._save_rows(connection, batch, writing)
        by_id = {one.id: one for one in fresh}
        done = batch.done
        seen = [_remembered(one, by_id[one.envelope.id]) for one in done]
        parkings = [self._parked(one, by_id[one.envelope.id], batch.now) for one in batch.settled if not one.done]
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

    def _parked(self, settled: Settled, incoming: Incoming, now: datetime) -> Parking:
        """An error is named by its type and place only: its text might quote the message."""
        error = settled.error
        attempts = settled.envelope.attempt + (error is not None)
        status, due = ("behind", now) if settled.behind else parked.schedule(attempts, self.delays, now)
        if error is None:
            return parking_of(incoming, status, attempts, due, "behind")
        return parking_of(incoming, status, attempts, due, type(error).__name__, explained(error))


def parking_of(one: Incoming, status: str, attempts: int, due: datetime, reason: str, explanation: str = "") -> Parking:
    message = one.envelope.message
    headers = {name: value for name, value in one.headers.items() if not name.startswith("x-")}
    return Parking(one.id, message.partition_key, message.topic, headers, one.body, status, attempts, due, reason, explanation)


def _remembered(settled: Settled, incoming: Incoming) -> tuple[UUID, bytes, str | None]:
    """The answer is kept where somebody waits for one: the first message that the decision sent."""
    if incoming.reply_to and settled.sent:
        first = settled.sent[0].message
        incoming.answer = f'{{"type":"{first.topic}","data":{first.model_dump_json()}}}'
    return incoming.id, incoming.digest, incoming.answer


def _pairs(settled: Sequence[Settled], parkings: Sequence[Parking]) -> list[tuple[Settled, Parking]]:
    by_id = {one.id: one for one in parkings}
    return [(one, by_id[one.envelope.id]) for one in settled if one.envelope.id in by_id]
