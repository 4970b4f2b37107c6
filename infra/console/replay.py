"""Sends dead letters to their domain once more, a few first: whoever buried a thousand should not bury them again.

Every letter keeps its id, so the domain's inbox decides whether it still means anything.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from pamqp.commands import Basic

from contracts.message import catalogue
from infra import ids, outbox
from infra import letter as letters
from infra.clock import utcnow
from infra.console.dead import Dead, Snapshot, held
from infra.console.place import Place
from infra.database import Connection
from infra.errors import InvalidMessage
from infra.letter import Letter
from infra.outbox import NO_LANE
from infra.publisher import Publisher
from infra.resend import Door
from infra.settings import settings
from infra.topology import JOBS

STAGES = (1, 2, 5, 20, 50, 200)
"""How many go at once: each stage only when all before have succeeded; the last size repeats."""
LOOK = 0.2

Fate = Literal["settled", "failed again", "no answer yet"]

AGAIN = "UPDATE parked SET status = 'waiting', due = now(), attempts = 0 WHERE id = $1 AND status = 'dead' RETURNING id"
FATE = """
    SELECT EXISTS (SELECT FROM inbox WHERE id = $1) AS settled,
    (SELECT status = 'dead' OR attempts > 0 FROM parked WHERE id = $1) AS failed
"""


@dataclass(frozen=True, slots=True)
class Replayed:
    dead: Dead
    fate: Fate


def stages(found: Sequence[Dead]) -> Iterator[Sequence[Dead]]:
    done = number = 0
    while done < len(found):
        size = STAGES[min(number, len(STAGES) - 1)]
        yield found[done : done + size]
        done, number = done + size, number + 1


def hopeless(dead: Dead, door: Door) -> str:
    """Why a replay cannot succeed; empty when it may."""
    if dead.status != "dead":
        return "it is tried again by itself" + (f" at {dead.due:%H:%M:%S} UTC" if dead.due else "")
    if dead.reason == "conflicting-duplicate":
        return "its id was settled with another content"
    if not door.takes(dead.topic):
        return f"{dead.domain} takes no {dead.topic}"
    try:
        identity = UUID(dead.id)
        ids.check_window(identity, utcnow(), timedelta(days=settings().retention_days))
        headers = dict(dead.headers) | ({"correlation": dead.raw.correlation_id} if dead.raw else {})
        letters.read(identity, catalogue()[dead.topic], headers, dead.body)
    except (InvalidMessage, ValueError) as error:
        return str(error) if isinstance(error, InvalidMessage) else "it has no id"
    except KeyError:
        return ""
    return ""


class Replay:
    """One run. `rate` is letters per second, 0 for as fast as they go; `patience` the seconds a stage may take."""

    def __init__(self, place: Place, snapshot: Snapshot, *, rate: float = 0.0, patience: float = 40.0) -> None:
        self.place, self.snapshot, self.rate, self.patience = place, snapshot, rate, patience
        self.publisher = Publisher(place.operator_url, "replay")
        self._next = 0.0

    async def run(self, found: Sequence[Dead], *, force: bool = False) -> AsyncIterator[list[Replayed]]:
        """Stage by stage; the last one yielded has a letter that did not succeed, unless `force` goes on."""
        try:
            for stage in stages(found):
                for one in stage:
                    await self._pace()
                    await self._send(one)
                done = await self._watch(stage)
                yield done
                if not force and any(one.fate != "settled" for one in done):
                    return
        finally:
            await self.publisher.close()

    async def _pace(self) -> None:
        now = time.monotonic()
        await asyncio.sleep(max(0.0, self._next - now))
        self._next = max(now, self._next) + (1 / self.rate if self.rate else 0.0)

    async def _send(self, dead: Dead) -> None:
        door = Door(self.place.topology, dead.domain)
        if dead.raw is not None:
            raw = dead.raw
            headers = {name: value for name, value in raw.headers.items() if not _ours(name)}
            properties = Basic.Properties(
                message_id=raw.message_id, message_type=raw.type, correlation_id=raw.correlation_id,
                content_type=raw.content_type, delivery_mode=2, headers=headers,
            )  # fmt: skip
            await door.send_raw(self.publisher, dead.topic, raw.body, properties)
            await raw.ack()
            return
        async with self.place.database(dead.domain) as connection:
            if dead.lane == NO_LANE:
                await self._send_job(connection, door, dead)
            else:
                await connection.execute(AGAIN, UUID(dead.id))

    async def _send_job(self, connection: Connection, door: Door, dead: Dead) -> None:
        """Committed first: if this command dies now, a relay of the domain finds the bundle and sends it."""
        job = Letter(UUID(dead.id), JOBS, dead.topic, dead.headers, str(dead.body))
        bundle = outbox.Bundle(ids.root(), [job])
        async with connection.transaction():
            if await connection.fetchval("DELETE FROM parked WHERE id = $1 AND status = 'dead' RETURNING id", job.id):
                await outbox.save(connection, ids.root(), bundle)
        await door.send(self.publisher, bundle.letters)
        await outbox.forget(connection, [bundle.id])

    async def _watch(self, stage: Sequence[Dead]) -> list[Replayed]:
        """Until each has its fate, or patience ends."""
        fates: dict[str, Fate] = {}
        until = time.monotonic() + self.patience
        while True:
            for domain in sorted({one.domain for one in stage if one.id not in fates}):
                asked = [one.id for one in stage if one.domain == domain and one.id not in fates]
                fates |= await self._fates(domain, asked)
            if len(fates) == len({one.id for one in stage}) or time.monotonic() > until:
                return [Replayed(one, fates.get(one.id, "no answer yet")) for one in stage]
            await asyncio.sleep(LOOK)

    async def _fates(self, domain: str, asked: Sequence[str]) -> dict[str, Fate]:
        found: dict[str, Fate] = {}
        async with self.place.database(domain) as connection:
            for identity in asked:
                row = await connection.fetchrow(FATE, UUID(identity))
                if row and (row["settled"] or row["failed"]):
                    found[identity] = "settled" if row["settled"] else "failed again"
        if (channel := self.snapshot.channels.get(domain)) and len(found) < len(asked):
            # Buried again at once: unreadable still. What is new in the queue is held with the rest of the snapshot.
            again = {one.id for one in await held(channel, domain, 100)}
            found |= {identity: "failed again" for identity in asked if identity in again}
        return found


def _ours(header: str) -> bool:
    """Written at its burial, not by its sender."""
    return header.startswith("x-") or header in ("reason", "detail", "buried-from")
