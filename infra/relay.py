"""Sends committed letters, many at a time, and forgets a bundle once the broker has confirmed all of it.

What is not confirmed stays in the outbox and is sent again with the same id: published at least once. Order is kept
for each key: one channel, one order, and what cannot be routed holds back only later letters of its own topic.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aio_pika
import aiormq.abc
from aio_pika.abc import AbstractIncomingMessage
from aiormq.exceptions import DeliveryError, PublishError
from pamqp.commands import Basic

from infra import jobs, metrics, outbox
from infra.database import Pool
from infra.failpoint import failpoint
from infra.letter import Letter
from infra.outbox import Bundle
from infra.publisher import Publisher

BUNCH = 500
MOST_HELD = 20_000
"""Letters kept in memory; what is beyond is read from the table again."""
PATIENCE = 10.0
"""Seconds without a confirm mean "unknown": neither sent nor failed."""
FLIGHTS = 4
LAZY = 1.0
SWEEP = 3.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Flight:
    """A bunch on its way; once it has landed, `letters` are those that nobody knows of."""

    letters: list[tuple[UUID, Letter]]
    publishing: list[asyncio.Future[object]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    @property
    def patience(self) -> float:
        """Seconds left for its confirms."""
        return max(0.0, self.began + PATIENCE - time.monotonic())


class Relay:
    def __init__(self, name: str, pool: Pool, publisher: Publisher, owner: UUID) -> None:
        self.name, self.pool, self.publisher, self.owner = name, pool, publisher, owner
        self._bundles: deque[Bundle] = deque()
        self._missing: dict[UUID, int] = {}
        self._confirmed: list[UUID] = []
        self._stuck: dict[str, deque[tuple[UUID, Letter]]] = defaultdict(deque)
        self._stuck_until: dict[str, float] = {}
        self._stuck_pause: dict[str, float] = {}
        self._held = 0
        self._overflow = False
        self._answers: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    def put(self, bundle: Bundle) -> None:
        """A committed bundle. Never waits; beyond the bound the bundle waits in its table instead of here."""
        if bundle.id in self._missing:
            return
        if self._held >= MOST_HELD or self._overflow:
            self._overflow = True
            return
        self._held += len(bundle.letters)
        self._missing[bundle.id] = len(bundle.letters)
        self._bundles.append(bundle)
        self._wake.set()

    def confirmed(self) -> list[UUID]:
        """Bundles that may be forgotten; the next transaction does it by the way."""
        return self._confirmed[:256]

    def forgotten(self, bundles: Sequence[UUID]) -> None:
        gone = set(bundles)
        self._confirmed = [one for one in self._confirmed if one not in gone]

    @property
    def idle(self) -> bool:
        return not self._missing and not self._overflow

    async def run(self) -> None:
        """Publishes until cancelled. A lost connection makes it wait; nothing is given up.

        While the broker works on the confirms of one bunch the next ones are on their way, up to four: on one channel
        they arrive in the order in which they were begun.
        """
        flight: deque[Flight] = deque()
        pause = 0.05
        while True:
            if not flight:
                await self._wait()
            try:
                await self._launch(flight)
                if flight:
                    await self._first_landing(flight)
                    pause = 0.05
            except (OSError, RuntimeError, aiormq.AMQPError, aio_pika.exceptions.AMQPError) as error:
                # A RuntimeError is how aio-pika and aiormq say that a channel is gone.
                for one in flight:
                    if one.publishing:
                        self._land(one)
                again = [letter for one in flight for letter in one.letters]
                flight.clear()
                self._put_back(again)
                name = type(error).__name__
                metrics.publish_failures.labels(self.name, name).inc(len(again))
                log.warning("%s: relay: %s; %d letters again in %.1f s", self.name, name, len(again), pause)
                await self.publisher.renew()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    async def _launch(self, flight: deque[Flight]) -> None:
        """Begin as many bunches as may be under way. Raises what the publisher says when the broker is away."""
        self._wake.clear()
        while len(flight) < FLIGHTS and (letters := self._next_bunch()):
            flight.append(Flight(letters))
            wire = await self.publisher.channel()
            flight[-1].publishing = [asyncio.ensure_future(self._publish(wire, letter)) for _, letter in letters]

    async def _first_landing(self, flight: deque[Flight]) -> None:
        """Wait until the oldest bunch is confirmed, or there is something new to begin.

        Raises when the channel failed, or after 10 s without an answer.
        """
        oldest = flight[0]
        landing = asyncio.ensure_future(asyncio.wait(oldest.publishing, timeout=oldest.patience))
        waking = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({landing, waking} if len(flight) < FLIGHTS else {landing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            landing.cancel()
            waking.cancel()
        if not all(one.done() for one in oldest.publishing) and oldest.patience > 0:
            return
        failpoint("relay.after_publish")
        if (broken := self._land(oldest)) is None:
            flight.popleft()
            metrics.confirm_seconds.labels(self.name).observe(time.monotonic() - oldest.began)
            return
        raise broken

    def _land(self, one: Flight) -> BaseException | None:
        """Count what is confirmed and hold back what cannot be delivered; `letters` then are the ones nobody knows of."""
        broken: BaseException | None = None
        unknown: list[tuple[UUID, Letter]] = []
        for (bundle, letter), publishing in zip(one.letters, one.publishing, strict=True):
            if not publishing.done():
                publishing.cancel()
                broken = TimeoutError()
                unknown.append((bundle, letter))
            elif (error := publishing.exception()) is None:
                self._count(bundle)
                self._stuck_pause.pop(letter.topic, None)
            elif isinstance(error, DeliveryError | PublishError):
                self._hold_back(bundle, letter, error)
            else:
                broken = error
                unknown.append((bundle, letter))
        metrics.published.labels(self.name).inc(len(one.letters) - len(unknown))
        one.letters, one.publishing = unknown, []
        return broken

    async def sweep(self) -> None:
        """Adopt what dead processes left, read back what did not fit in memory, and forget lazily."""
        next_sweep = 0.0
        while True:
            await asyncio.sleep(LAZY)
            async with self.pool.acquire() as connection:
                if gone := self.confirmed():
                    await outbox.forget(connection, gone)
                    self.forgotten(gone)
                if time.monotonic() >= next_sweep:
                    next_sweep = time.monotonic() + SWEEP
                    await self._adopt(connection)

    async def _adopt(self, connection: Any) -> None:
        await connection.execute(
            "INSERT INTO owner (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET beat = now()", self.owner, self.name
        )
        await connection.execute("DELETE FROM owner WHERE beat < now() - interval '1 day'")
        adopted = [record[0] for record in await connection.fetch(outbox.ADOPT_DEAD, self.owner, 200)]
        if self._overflow and self._held < MOST_HELD // 2:
            query = "SELECT bundle FROM pending WHERE owner = $1 AND NOT bundle = ANY($2::uuid[]) ORDER BY bundle LIMIT 500"
            known = [*self._missing, *self._confirmed]
            back = [record[0] for record in await connection.fetch(query, self.owner, known)]
            self._overflow = len(back) == 500
            adopted += back
        overflow, self._overflow = self._overflow, False
        for bundle in await outbox.read(connection, adopted):
            self.put(bundle)
        self._overflow = overflow
        record = await connection.fetchrow(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(at)), 0)::float8 FROM pending"
        )
        metrics.outbox_pending.labels(self.name).set(record[0])
        metrics.outbox_age.labels(self.name).set(record[1])

    async def _wait(self) -> None:
        if self._bundles:
            return
        self._wake.clear()
        soonest = min(self._stuck_until.values(), default=time.monotonic() + 60)
        try:
            async with asyncio.timeout(max(0.0, soonest - time.monotonic())):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _next_bunch(self) -> list[tuple[UUID, Letter]]:
        """Whatever of the stuck is due again, then new bundles; letters of a stuck topic queue behind it."""
        now = time.monotonic()
        bunch: list[tuple[UUID, Letter]] = []
        for topic in [topic for topic, until in self._stuck_until.items() if until <= now]:
            bunch += self._stuck.pop(topic)
            del self._stuck_until[topic]
        while self._bundles and len(bunch) < BUNCH:
            bundle = self._bundles.popleft()
            for letter in bundle.letters:
                if letter.topic in self._stuck_until:
                    self._stuck[letter.topic].append((bundle.id, letter))
                else:
                    bunch.append((bundle.id, letter))
        return bunch

    def _put_back(self, letters: Sequence[tuple[UUID, Letter]]) -> None:
        """In their order, before everything newer. Bundles keep their count of missing confirms."""
        grouped: dict[UUID, list[Letter]] = {}
        for bundle, letter in letters:
            grouped.setdefault(bundle, []).append(letter)
        self._bundles.extendleft(Bundle(bundle, content) for bundle, content in reversed(grouped.items()))
        self._wake.set()

    def _hold_back(self, bundle: UUID, letter: Letter, error: BaseException) -> None:
        """Returned as unroutable, or refused by a queue: its topic waits, growing from 0.2 to 10 seconds."""
        topic = letter.topic
        if topic not in self._stuck_until:
            pause = self._stuck_pause[topic] = min(self._stuck_pause.get(topic, 0.1) * 2, 10.0)
            self._stuck_until[topic] = time.monotonic() + pause
            metrics.publish_failures.labels(self.name, type(error).__name__).inc()
            log.warning("%s: relay: %s cannot be delivered (%s); again in %.1f s", self.name, topic, type(error).__name__, pause)
        self._stuck[topic].append((bundle, letter))

    def _count(self, bundle: UUID) -> None:
        self._missing[bundle] -= 1
        self._held -= 1
        if not self._missing[bundle]:
            del self._missing[bundle]
            self._confirmed.append(bundle)

    def _publish(self, wire: aiormq.abc.AbstractChannel, letter: Letter) -> Coroutine[Any, Any, object]:
        """On aiormq, for aio-pika's own message object costs a third of a publish. Commands and jobs must be routable."""
        headers = dict(letter.headers)
        body = jobs.encode(letter) if letter.exchange == "jobs" else letter.body.encode()
        properties = Basic.Properties(
            message_id=str(letter.id),
            message_type=letter.topic,
            correlation_id=headers.pop("correlation", None),
            content_type="application/json",
            delivery_mode=2,
            user_id=self.publisher.user,
            headers=headers,
        )
        return wire.basic_publish(  # type: ignore[call-arg]  # aiormq's abstract channel does not know `wait`
            body,
            exchange=letter.exchange,
            routing_key=letter.topic,
            properties=properties,
            mandatory=letter.exchange != "events",
            # Letters are confirmed anyway. To wait for each one's bytes as well holds the channel's lock for several turns
            # of the loop per letter, which in a busy process takes three times as long.
            wait=False,
        )

    def answer(self, reply_to: str, correlation: str, body: str) -> None:
        """To the asker's own address, once and unconfirmed: who misses it asks again and gets it from the inbox."""
        task = asyncio.create_task(self.publisher.reply(reply_to, correlation, body.encode()))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def bury(self, raw: AbstractIncomingMessage, domain: str, reason: str, detail: str) -> None:
        """A copy with its reason to the dead letters, confirmed; only then may the original be acknowledged."""
        await self.publisher.bury(raw, domain, reason, detail)
