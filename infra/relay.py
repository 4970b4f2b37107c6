"""Sends committed letters, many at a time, and forgets a bundle once the broker has confirmed all of it.

What is not confirmed stays in the outbox and is sent again with the same id: published at least once. Order is kept
for each key: one channel, one order, and what cannot be routed holds back only later letters of its own topic.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import aio_pika
import aiormq

from infra import clock, metrics, outbox
from infra.database import Pool
from infra.delivery import Delivery
from infra.failpoint import failpoint
from infra.letter import Letter
from infra.outbox import Bundle
from infra.publisher import Publisher
from infra.wire import CONFIRMED, REFUSED, RETURNED, RETURNING, UNKNOWN, UNSENDABLE, Addressed, Flight

BUNCH = 500
MOST_HELD = 20_000
"""Letters kept in memory; what is beyond is read from the table again."""
MOST_BACK = 500
"""Bundles read back at once."""
PATIENCE = 10.0
"""Seconds without a confirm mean "unknown": neither sent nor failed."""
FLIGHTS = 4
LAZY = 1.0
SWEEP = 3.0
WHY = {REFUSED: "refused", RETURNED: "unroutable", RETURNING: "unroutable", UNSENDABLE: "unsendable"}

log = logging.getLogger(__name__)


class Relay:
    def __init__(self, name: str, pool: Pool, publisher: Publisher, owner: UUID) -> None:
        self.name, self.pool, self.publisher, self.owner = name, pool, publisher, owner
        self._bundles: deque[Bundle] = deque()
        self._missing: dict[UUID, int] = {}
        self._confirmed: list[UUID] = []
        self._stuck: dict[str, deque[Addressed]] = defaultdict(deque)
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

    def knows(self, bundle: UUID) -> bool:
        """Whether it is on its way or has been confirmed here."""
        return bundle in self._missing or bundle in self._confirmed

    @property
    def idle(self) -> bool:
        return not self._missing and not self._overflow

    async def run(self) -> None:
        """Publishes until cancelled. A lost connection makes it wait; nothing is given up.

        While the broker works on the confirms of one bunch the next ones are on their way, up to four: on one channel
        they arrive in the order in which they were begun.
        """
        flights: deque[Flight] = deque()
        pause = 0.05
        while True:
            await self._wait(flights)
            taken: list[Addressed] = []
            try:
                if self._land(flights):
                    pause = 0.05
                while len(flights) < FLIGHTS and (taken := self._next_bunch()):
                    flight = await (await self.publisher.wire()).send(taken)
                    flight.landed.add_done_callback(lambda _: self._wake.set())
                    flights.append(flight)
            except (OSError, RuntimeError, aiormq.AMQPError, aio_pika.exceptions.AMQPError) as error:
                # A RuntimeError is how aio-pika and aiormq say that a channel is gone.
                again = [letter for one in flights for letter in self._tally(one)]
                # What was just taken and is in no flight was never handed over.
                again += taken if not flights or flights[-1].bunch is not taken else ()
                flights.clear()
                self._put_back(again)
                name = type(error).__name__
                metrics.publish_failures.labels(self.name, name).inc(len(again))
                log.warning("%s: relay: %s; %d letters again in %.1f s", self.name, name, len(again), pause)
                await self.publisher.renew()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 2.0)

    def _land(self, flights: deque[Flight]) -> bool:
        """Take down the bunches that have landed, oldest first. Raises when the channel failed, or after 10 s of silence."""
        landed = False
        while flights and flights[0].landed.done():
            failpoint("relay.after_publish")
            flights[0].landed.result()
            flight = flights.popleft()
            self._tally(flight)
            metrics.confirm_seconds.labels(self.name).observe(time.monotonic() - flight.began)
            landed = True
        if flights and time.monotonic() >= flights[0].began + PATIENCE:  # Summed as in `_wait`, so that both round alike.
            raise TimeoutError
        return landed

    def _tally(self, flight: Flight) -> list[Addressed]:
        """Count what is confirmed and hold back what cannot be delivered; the answer is what nobody knows of."""
        unknown: list[Addressed] = []
        for fate, (bundle, letter) in flight.outcome():
            if fate == CONFIRMED:
                self._count(bundle)
                self._stuck_pause.pop(letter.topic, None)
            elif fate == UNKNOWN:
                unknown.append((bundle, letter))
            else:
                self._hold_back(bundle, letter, WHY[fate])
        metrics.published.labels(self.name).inc(len(flight.bunch) - len(unknown))
        return unknown

    async def sweep(self) -> None:
        """Adopt what dead processes left, read back what is ours and not in memory, and forget lazily."""
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
        asked = clock.utcnow()
        clock.agree(await connection.fetchval(outbox.ALIVE, self.owner, self.name), asked)
        await connection.execute(outbox.LONG_DEAD)
        adopted = [record[0] for record in await connection.fetch(outbox.ADOPT_DEAD, self.owner, 200)]
        if self._held < MOST_HELD // 2:
            known = [*self._missing, *self._confirmed]
            back = [record[0] for record in await connection.fetch(outbox.OURS, self.owner, known, MOST_BACK)]
            self._overflow = len(back) == MOST_BACK
            adopted += back
        overflow, self._overflow = self._overflow, False
        for bundle in await outbox.read(connection, adopted):
            self.put(bundle)
        self._overflow = overflow
        record = await connection.fetchrow(outbox.BACKLOG)
        metrics.outbox_pending.labels(self.name).set(record[0])
        metrics.outbox_age.labels(self.name).set(record[1])

    async def _wait(self, flights: deque[Flight]) -> None:
        """Until there is something to begin, something has landed, what is stuck is due again, or patience is over."""
        if self._bundles and len(flights) < FLIGHTS:
            return
        self._wake.clear()
        if flights and flights[0].landed.done():
            return
        # With all flights in the air nothing of the stuck can begin, so its time is not what is waited for.
        due = min(self._stuck_until.values() if len(flights) < FLIGHTS else (), default=time.monotonic() + 60)
        if flights:
            due = min(due, flights[0].began + PATIENCE)
        try:
            async with asyncio.timeout(max(0.0, due - time.monotonic())):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _next_bunch(self) -> list[Addressed]:
        """Whatever of the stuck is due again, then new bundles; letters of a stuck topic queue behind it."""
        now = time.monotonic()
        bunch: list[Addressed] = []
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

    def _put_back(self, letters: Sequence[Addressed]) -> None:
        """In their order, before everything newer. Bundles keep their count of missing confirms."""
        grouped: dict[UUID, list[Letter]] = {}
        for bundle, letter in letters:
            grouped.setdefault(bundle, []).append(letter)
        self._bundles.extendleft(Bundle(bundle, content) for bundle, content in reversed(grouped.items()))
        self._wake.set()

    def _hold_back(self, bundle: UUID, letter: Letter, why: str) -> None:
        """Returned as unroutable, or refused by a queue: its topic waits, growing from 0.2 to 10 seconds."""
        topic = letter.topic
        if topic not in self._stuck_until:
            pause = self._stuck_pause[topic] = min(self._stuck_pause.get(topic, 0.1) * 2, 10.0)
            self._stuck_until[topic] = time.monotonic() + pause
            metrics.publish_failures.labels(self.name, why).inc()
            log.warning("%s: relay: %s cannot be delivered (%s); again in %.1f s", self.name, topic, why, pause)
        self._stuck[topic].append((bundle, letter))

    def _count(self, bundle: UUID) -> None:
        self._missing[bundle] -= 1
        self._held -= 1
        if not self._missing[bundle]:
            del self._missing[bundle]
            self._confirmed.append(bundle)

    def answer(self, reply_to: str, correlation: str, body: str) -> None:
        """To the asker's own address, once and unconfirmed: who misses it asks again and gets it from the inbox."""
        task = asyncio.create_task(self.publisher.reply(reply_to, correlation, body.encode()))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def bury(self, delivery: Delivery, domain: str, reason: str, detail: str) -> None:
        """A copy with its reason to the dead letters, confirmed; only then may the original be acknowledged."""
        await self.publisher.bury(delivery, domain, reason, detail)
