"""The process that does the jobs of the domains: dramatiq threads, one event loop, each domain under its own names.

A job that raises is tried again here after each of HIKYAKU_JOB_DELAYS; then it is a dead letter of its domain. What kills
the process comes again from the broker, at most 50 times.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import dramatiq
import sqlalchemy as sa
from dramatiq.asyncio import get_event_loop_thread
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.middleware import AsyncIO
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.message import Job, Message
from infra import calls, connections, ids, inbox, jobs, outbox, parked
from infra import letter as letters
from infra.clock import utcnow
from infra.database import TRANSIENT, Pool, connect, reader
from infra.envelope import Envelope
from infra.errors import InvalidMessage, where
from infra.failpoint import failpoint
from infra.group import Group
from infra.letter import digest
from infra.member import Access
from infra.parked import Parking
from infra.publisher import Publisher
from infra.relay import Relay
from infra.settings import settings
from infra.tasks import supervised

THREADS = 4

log = logging.getLogger(__name__)


class DeclaredBroker(RabbitmqBroker):
    """Our topology declares the queues; dramatiq only consumes. Retries are ours, so its queues for them do not exist."""

    def declare_queue(self, queue_name: str, *, ensure: bool = False) -> None:
        """Known here, and nothing is declared: the user of a domain may not configure anything."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def _ensure_queue(self, canonical_queue_name: str) -> None:
        """Nothing, as above."""


class OneLoop(AsyncIO):
    """One event loop for the workers of all domains in this process."""

    def before_worker_boot(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        if get_event_loop_thread() is None:
            super().before_worker_boot(broker, worker)  # type: ignore[no-untyped-call]  # dramatiq leaves it untyped

    def after_worker_shutdown(self, broker: dramatiq.Broker, worker: dramatiq.Worker) -> None:
        """The loop ends with the process: another domain's worker may still need it."""


class JobWorker:
    def __init__(self, group: Group, access: Access) -> None:
        self.group, self.access = group, access
        self.kinds: dict[str, type[Job]] = {kind.topic: kind for kind in group.doing}
        self.owner = ids.root()
        self.broker = DeclaredBroker(url=access.amqp_url, middleware=[OneLoop()])
        for topic in self.kinds:
            dramatiq.actor(actor_name=topic, queue_name=jobs.queue_of(topic), broker=self.broker)(self._does(topic))
        self.worker = dramatiq.Worker(self.broker, worker_threads=THREADS, worker_timeout=200)
        self.publisher = Publisher(access.amqp_url, f"{group.name} jobs")
        self.pool: Pool
        self.relay: Relay
        self._engine: AsyncEngine | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self.worker.start()
        loop = get_event_loop_thread()
        assert loop is not None
        loop.run_coroutine(self._open())

    def stop(self) -> None:
        """Waits for the jobs in hand, up to dramatiq's 10 min; what was not acknowledged comes again."""
        self.worker.stop()
        self.broker.close()

    async def _open(self) -> None:
        self.pool = await connect(self.access.database_url, connections.JOBS, f"hikyaku {self.group.name} jobs")
        self.relay = Relay(f"{self.group.name} jobs", self.pool, self.publisher, self.owner)
        for work in (self.relay.run, self.relay.sweep):
            self._tasks.append(asyncio.create_task(supervised(f"{self.group.name} jobs {work.__name__}", work)))

    def _does(self, topic: str) -> Any:
        async def do(identity: str, headers: dict[str, Any], body: str) -> None:
            await self.do(UUID(identity), topic, headers, body)

        do.__name__ = topic.replace(".", "_").replace("-", "_")
        return do

    async def do(self, identity: UUID, topic: str, headers: dict[str, Any], body: str) -> None:
        """Do the job once more and say so once: a job whose id is in the inbox is over."""
        kind = self.kinds[topic]
        for pause in (*settings().job_delays, None):
            try:
                job = letters.read(identity, kind, headers, body)
                seen = await self.pool.fetchval("SELECT EXISTS (SELECT FROM inbox WHERE id = $1)", identity)
                if not seen:
                    await self._do_once(job, digest(topic, body))
                return
            except Exception as error:
                log.warning("%s: job %s %s: %s at %s", self.group.name, topic, identity, type(error).__name__, where(error))
                if pause is None or isinstance(error, InvalidMessage):
                    await self._give_up(identity, topic, headers, body, error)
                    return
                await asyncio.sleep(pause)

    async def _do_once(self, job: Envelope, seal: bytes) -> None:
        told = 0
        kind = type(job.message)

        def caused(messages: Sequence[Message]) -> list[Envelope]:
            nonlocal told
            for message in messages:
                self.group.check_sends(type(message))
            found = [job.causes(one, self.group.name, "job", told + n, utcnow()) for n, one in enumerate(messages)]
            told += len(found)
            return found

        async def progressing(messages: Sequence[Message]) -> None:
            await self._speak(caused(messages))

        reading = (self._read,) if kind in self.group.studying else ()
        result = await self.group.doing[kind](job.message, progressing, *reading)  # type: ignore[index]  # only jobs are declared
        failpoint("job.before_commit")
        await self._speak(caused(result), done=(job.id, seal))

    async def _read(self, statement: sa.Select[Any], values: dict[str, Any]) -> Sequence[sa.Row[Any]]:
        self._engine = self._engine or reader(self.access.database_url, f"hikyaku {self.group.name} studies")
        async with self._engine.connect() as connection:
            found: Sequence[sa.Row[Any]] = (await connection.execute(statement, values)).all()
        return found

    async def _speak(self, said: Sequence[Envelope], done: tuple[UUID, bytes] | None = None) -> None:
        bundle = outbox.bundle_of(said)
        while True:
            try:
                async with self.pool.acquire() as connection, connection.transaction():
                    if done is not None:
                        await inbox.remember(connection, [(*done, None)])
                    if bundle.letters:
                        await outbox.save(connection, self.owner, bundle)
                failpoint("job.after_commit")
                break
            except asyncpg.UniqueViolationError:
                return  # Another worker did the same job meanwhile and has spoken.
            except TRANSIENT as error:
                log.warning("%s jobs: %s; again in 1 s", self.group.name, type(error).__name__)
                await asyncio.sleep(1)
        calls.note_sent(self.group.name, said)
        if bundle.letters:
            self.relay.put(bundle)

    async def _give_up(self, identity: UUID, topic: str, headers: dict[str, Any], body: str, error: Exception) -> None:
        parking = Parking(
            identity, headers.get("partition-key", ""), topic, headers, body, "dead", len(settings().job_delays) + 1, utcnow(),
            type(error).__name__, where(error),
        )  # fmt: skip
        async with self.pool.acquire() as connection:
            await parked.park(connection, outbox.NO_LANE, [parking])


def work(groups: Sequence[Group], access: dict[str, Access]) -> list[JobWorker]:
    """Starts a worker for each group that does jobs."""
    workers = [JobWorker(group, access[group.name]) for group in groups if group.doing]
    for one in workers:
        one.start()
    return workers
