"""Sends dead letters to their domain once more, a few first: whoever buried a thousand should not bury them again.

Every letter keeps its id, so the domain's inbox decides whether it still means anything.
"""

from __future__ import annotations

import asyncio
import getpass
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self
from uuid import UUID

from pamqp.commands import Basic

from infra import ids, outbox
from infra.console.dead import REPLAYING, Dead, Snapshot, held
from infra.console.place import Place
from infra.console.replay_plan import stages, waves
from infra.database import Connection
from infra.letter import Letter
from infra.outbox import NO_LANE
from infra.publisher import Publisher
from infra.resend import Door
from infra.topology import JOBS

if TYPE_CHECKING:
    from infra.console.edit import Edit

LOOK = 0.1

Fate = Literal["settled", "failed again", "no answer yet", "held back", "dropped meanwhile"]
"""`held back` was not sent: an earlier letter of its key did not succeed."""
WELL = ("settled", "dropped meanwhile")

AGAIN = "UPDATE parked SET status = 'waiting', due = now(), attempts = 0 WHERE id = $1 AND status = 'dead' RETURNING id"
EDITED = """
    UPDATE parked SET id = $2, headers = $3, body = $4, key = $5, attempts = 0, due = now(),
        status = CASE lane WHEN -1 THEN 'dead' ELSE 'waiting' END
    WHERE id = $1 AND status = 'dead' RETURNING id
"""
OVER = "INSERT INTO inbox (id, digest) VALUES ($1, $2) ON CONFLICT DO NOTHING"
FATES = """
    SELECT asked.id::text, EXISTS (SELECT FROM inbox WHERE inbox.id = asked.id) AS settled, parked.id IS NULL AS gone,
        parked.status = 'dead' OR parked.attempts > 0 AS failed
    FROM unnest($1::uuid[]) AS asked(id) LEFT JOIN parked ON parked.id = asked.id
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    dead: Dead
    fate: Fate


class Replay:
    """One run, in which it holds a connection to the database of each domain.

    `rate` is letters per second, 0 for as fast as they go; `patience` the seconds a wave may take; `told` hears how many
    have been sent after each.
    """

    def __init__(
        self, place: Place, snapshot: Snapshot, *, rate: float = 0.0, patience: float = 40.0,
        told: Callable[[int], None] = lambda sent: None,
    ) -> None:  # fmt: skip
        self.place, self.snapshot, self.rate, self.patience, self.told = place, snapshot, rate, patience, told
        self.publisher = Publisher(place.operator_url, "replay")
        self.sent = 0
        self._next = 0.0
        self._open = AsyncExitStack()
        self._connections: dict[str, Connection] = {}
        self._not_mine: set[tuple[str, str]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.publisher.close()
        await self._open.aclose()

    async def run(self, found: Sequence[Dead], *, step: int = 0, force: bool = False) -> AsyncIterator[list[Replayed]]:
        """Stage by stage; the last one yielded has a letter that did not succeed, unless `force` goes on."""
        for domain in sorted({one.domain for one in found}):
            await self._database(domain)
        stuck: set[object] = set()
        for stage in stages(found, step):
            done: list[Replayed] = []
            for wave in waves(stage):
                done += [Replayed(one, "held back") for one in wave if one.line in stuck]
                done += await self._wave([one for one in wave if one.line not in stuck])
                stuck |= {one.dead.line for one in done if one.fate not in WELL}
                if stuck and not force:
                    break
            yield done
            if stuck and not force:
                return

    async def edited(self, edit: Edit) -> Replayed:
        """Sends the letter with its new content. Raises LookupError when it is not dead any more."""
        old, new = edit.old, edit.new
        if old.raw is not None:
            headers = sent_with(new)
            properties = Basic.Properties(
                message_id=new.id, message_type=new.topic, correlation_id=str(headers.pop("correlation")),
                content_type="application/json", reply_to=old.raw.reply_to, delivery_mode=2, headers=headers,
            )  # fmt: skip
            await self._door(new).send_raw(self.publisher, new.topic, str(new.body).encode(), properties)
        connection = await self._database(new.domain)
        async with connection.transaction():
            await connection.execute(OVER, UUID(old.id), bytes.fromhex(edit.before))
            row = (UUID(new.id), new.headers, new.body, new.key)
            if old.raw is None and not await connection.fetchval(EDITED, UUID(old.id), *row):
                raise LookupError(f"{old.id} is not dead any more.")
        if old.raw is not None:
            await old.raw.ack()
        elif new.lane == NO_LANE:
            await self._send(new)
        return (await self._watch([new]))[0]

    async def _wave(self, wave: Sequence[Dead]) -> list[Replayed]:
        for one in wave:
            await self._pace()
            await self._send(one)
            self.sent += 1
            self.told(self.sent)
        return await self._watch(wave)

    async def _pace(self) -> None:
        now = time.monotonic()
        await asyncio.sleep(max(0.0, self._next - now))
        self._next = max(now, self._next) + (1 / self.rate if self.rate else 0.0)

    async def _send(self, dead: Dead) -> None:
        if dead.raw is not None:
            raw = dead.raw
            properties = Basic.Properties(
                message_id=raw.message_id, message_type=raw.type, correlation_id=raw.correlation_id,
                content_type=raw.content_type, reply_to=raw.reply_to, delivery_mode=2, headers=sent_with(dead),
            )  # fmt: skip
            await self._door(dead).send_raw(self.publisher, dead.topic, raw.body, properties)
            await raw.ack()
        elif dead.lane == NO_LANE:
            await self._send_job(dead)
        elif not await (await self._database(dead.domain)).fetchval(AGAIN, UUID(dead.id)):
            self._not_mine.add(dead.name)

    async def _send_job(self, dead: Dead) -> None:
        """Committed first: if this command dies now, a relay of the domain finds the bundle and sends it."""
        connection = await self._database(dead.domain)
        job = Letter(UUID(dead.id), JOBS, dead.topic, dead.headers, str(dead.body))
        bundle = outbox.Bundle(ids.root(), [job])
        async with connection.transaction():
            if not await connection.fetchval("DELETE FROM parked WHERE id = $1 AND status = 'dead' RETURNING id", job.id):
                return  # Somebody else has dropped it or sent it meanwhile.
            await outbox.save(connection, ids.root(), bundle)
        await self._door(dead).send(self.publisher, bundle.letters)
        await outbox.forget(connection, [bundle.id])

    async def _watch(self, wave: Sequence[Dead]) -> list[Replayed]:
        """Until each has its fate, or patience ends."""
        fates: dict[tuple[str, str], Fate] = {}
        until = time.monotonic() + self.patience
        while True:
            for domain in sorted({one.domain for one in wave if one.name not in fates}):
                asked = [one.id for one in wave if one.domain == domain and one.name not in fates]
                fates |= {(domain, identity): fate for identity, fate in (await self._fates(domain, asked)).items()}
            if len(fates) == len({one.name for one in wave}) or time.monotonic() > until:
                return [Replayed(one, fates.get(one.name, "no answer yet")) for one in wave]
            await asyncio.sleep(LOOK)

    async def _fates(self, domain: str, asked: Sequence[str]) -> dict[str, Fate]:
        found: dict[str, Fate] = {}
        connection = await self._database(domain)
        for identity, settled, gone, failed in await connection.fetch(FATES, [UUID(one) for one in asked]):
            if settled or failed:
                found[identity] = "settled" if settled else "failed again"
            elif gone and (domain, identity) in self._not_mine:
                found[identity] = "dropped meanwhile"
        if (channel := self.snapshot.channels.get(domain)) and len(found) < len(asked):
            # Buried again at once: unreadable still. What is new in the queue is held with the rest of the snapshot.
            again = {one.id for one in await held(channel, domain, 100)}
            found |= {identity: "failed again" for identity in asked if identity in again}
        return found

    async def _database(self, domain: str) -> Connection:
        if domain not in self._connections:
            name = REPLAYING + getpass.getuser()
            self._connections[domain] = await self._open.enter_async_context(self.place.database(domain, name))
        return self._connections[domain]

    def _door(self, dead: Dead) -> Door:
        return Door(self.place.topology, dead.domain)


def sent_with(dead: Dead) -> dict[str, Any]:
    """The headers its sender gave it, without those written at its burial."""
    return {name: value for name, value in dead.headers.items() if not _burial(name)}


def _burial(header: str) -> bool:
    return header.startswith("x-") or header in ("reason", "detail", "buried-from")
