"""From a batch to its acknowledgement: commit it, publish what it caused, answer who waits, and only then acknowledge."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import asyncpg

from infra import calls, metrics, ownership
from infra.database import TRANSIENT, UNDONE
from infra.delivery import Delivery
from infra.failpoint import failpoint
from infra.incoming import Incoming
from infra.pace import Pace
from infra.saving import Committed
from infra.transaction import Transaction

if TYPE_CHECKING:
    from infra.relay import Relay

MOST_DEATHS = 3
"""Of a suspect. Two more deaths may be another's: those of a killer that was no suspect yet."""
TURN = 5.0
"""Seconds that a suspect waits for another one of the process."""

log = logging.getLogger(__name__)


class Settling:
    """Of one lane. `turn` is whose turn it is, of the suspects of all lanes of this process.

    `reclaim` is called when a commit was not answered, before the batch is tried again.
    """

    def __init__(
        self, queue: str, transaction: Transaction, relay: Relay, pace: Pace, turn: asyncio.Lock,
        reclaim: Callable[[], Awaitable[None]],
    ) -> None:  # fmt: skip
        self.queue, self.transaction, self.relay, self.pace, self.turn = queue, transaction, relay, pace, turn
        self.group, self.reclaim = transaction.group, reclaim

    async def settle(self, work: list[Incoming]) -> None:
        """Tries until the database has decided the whole batch. Raises Fenced when the lane has another owner."""
        pause, timeouts, began, doubt = 0.05, 0, time.perf_counter(), False
        sent = self.relay.confirmed()
        while True:
            try:
                if doubt:
                    await self.reclaim()
                    doubt = False
                if timeouts < 3:
                    committed = await self.transaction.settle(work, sent)
                else:
                    committed = await self.transaction.settle_singly(work)
                break
            except asyncpg.QueryCanceledError:
                timeouts += 1
            except TRANSIENT as error:
                metrics.retries.labels(self.group.name, type(error).__name__).inc()
                log.warning("%s: %s, the batch of %d again in %.2f s", self.queue, type(error).__name__, len(work), pause)
                doubt = doubt or not isinstance(error, UNDONE)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
        took = time.perf_counter() - began
        metrics.batch_seconds.labels(self.group.name).observe(took)
        self.pace.took(took)
        if len(committed) == 1:
            self.relay.forgotten(sent)
        for one in committed:
            self._publish(one)
        await self._finish(work)

    async def settle_alone(self, suspect: Incoming) -> None:
        """Named before it runs: if the process dies now, the next one knows who did it.

        One suspect of a process at a time, for two that are named when one of them kills would both be accused. Whose
        turn does not come, because another one's database is away, runs without being named.
        """
        try:
            async with asyncio.timeout(TURN):
                await self.turn.acquire()
        except TimeoutError:
            await self.settle([suspect])
            return
        try:
            if await ownership.suspect(self.transaction.pool, self.transaction.lane, suspect.id) > MOST_DEATHS:
                await self.transaction.give_up(suspect, "killed-the-process")
                metrics.parked.labels(self.group.name, "dead").inc()
                await self._finish([suspect])
            else:
                await self.settle([suspect])
        finally:
            self.turn.release()

    async def reject(self, delivery: Delivery, reason: str, detail: str) -> None:
        """To the broker's dead letters with its reason, and only then acknowledged."""
        metrics.unreadable.labels(self.group.name, reason).inc()
        log.warning("%s: message to dead letters: %s", self.queue, detail)
        await self.relay.bury(delivery, self.group.name, reason, detail)
        await self._acknowledge(delivery, multiple=False)

    def _publish(self, one: Committed) -> None:
        if one.bundle is not None:
            self.relay.put(one.bundle)
        for parking in one.parkings:
            metrics.parked.labels(self.group.name, parking.status).inc()
            log.warning("%s: %s %s %s: %s at %s", self.queue, parking.topic, parking.id, parking.status,
                        parking.reason, parking.detail)  # fmt: skip
        metrics.settled.labels(self.group.name).inc(len(one.batch.done))
        critical = metrics.critical_seconds.labels(self.group.name)
        for done in one.batch.done:
            calls.note_sent(self.group.name, done.sent)
            if done.envelope.time is not None:
                critical.observe((one.batch.now - done.envelope.time).total_seconds())
        for listener in self.group.listeners:
            listener(one.batch.current)

    async def _finish(self, work: Sequence[Incoming]) -> None:
        """Answer whoever waits, then one acknowledgement for all."""
        metrics.batch_size.labels(self.group.name).observe(len(work))
        last: Delivery | None = None
        for one in work:
            if one.delivery is not None and one.refused:
                await self.reject(one.delivery, one.refused, one.refused)
                continue
            if one.reply_to and one.answer is not None:
                self.relay.answer(one.reply_to, str(one.id), one.answer)
            last = one.delivery or last
        failpoint("lane.before_ack")
        if last is not None:
            await self._acknowledge(last, multiple=True)
        failpoint("lane.after_ack")
        self.pace.ended()

    async def _acknowledge(self, delivery: Delivery, *, multiple: bool) -> None:
        """A channel that is gone cannot be told; the messages come again and the inbox knows them."""
        if not delivery.channel.is_closed:
            await delivery.channel.basic_ack(delivery.tag, multiple=multiple)
