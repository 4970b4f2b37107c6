"""A lane: one partition of one group. One consumer, one transaction in flight, batches of pure decisions.

It is fed in turn from its queue, its due timers and its parked messages. What arrives while a transaction is in
flight is the next batch; a single message is never delayed while the lane is idle.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from infra import calls, metrics, ownership
from infra.database import TRANSIENT, UNDONE, Pool
from infra.delivery import Delivery
from infra.due import Due
from infra.errors import Fenced, InvalidMessage
from infra.failpoint import failpoint
from infra.group import Group
from infra.incoming import Incoming, from_queue
from infra.intake import Intake
from infra.transaction import Committed, Transaction

if TYPE_CHECKING:
    from infra.actor import Verifier
    from infra.relay import Relay

MOST = 256
TICK = 0.5
BEAT = 3.0
LINGER, MOST_LINGER, QUICK = 0.003, 0.04, 0.005
"""Seconds. Under load, waiting a little after a transaction makes batches of what would be single messages. A transaction
that takes longer than a quick one says that the machine is busy, and the pause grows by twice the difference."""
ENOUGH = 32
"""So many messages are a good batch, and nobody waits for more."""
MOST_DEATHS = 3
"""Of a suspect. Two more deaths may be another's: those of a killer that was no suspect yet."""
TURN = 5.0
"""Seconds that a suspect waits for another one of the process."""

log = logging.getLogger(__name__)


class Lane:
    def __init__(
        self, group: Group, number: int, pool: Pool, relay: Relay, owner: UUID, delays: Sequence[float], verifier: Verifier,
        turn: asyncio.Lock,
    ) -> None:  # fmt: skip
        """`turn` is whose turn it is, of the suspects of all lanes of this process."""
        self.group, self.number, self.pool, self.relay, self.owner = group, number, pool, relay, owner
        self.verifier, self.turn = verifier, turn
        self.queue = group.lanes[number]
        self.transaction = Transaction(pool, group, number, owner, delays)
        self.intake = Intake()
        self.draining = False
        self.due = Due(group, number)
        self._wake = asyncio.Event()
        self._ended = self._linger = 0.0
        self._by = math.inf
        self._next_look = self._next_beat = 0.0
        self._oldest: float | None = None
        self._wanted_elsewhere = False
        self.close_channel: Callable[[], Awaitable[None]] = _nothing_to_close

    def feed(self, delivery: Delivery) -> None:
        """Called by the subscriber in the event loop; never waits."""
        self.intake.put(delivery)
        kind = self.group.kind(delivery.kind)
        by = time.monotonic() + (kind.patience if kind is not None else 0.0)
        if by < self._by or self._oldest is None or len(self.intake) >= ENOUGH:
            self._by = min(by, self._by)
            self._wake.set()

    @property
    def owned(self) -> bool:
        return self.transaction.epoch > 0

    def oldest_seconds(self) -> float:
        """How long the message at the head has been waiting here."""
        return time.monotonic() - self._oldest if self._oldest is not None and len(self.intake) else 0.0

    async def run(self) -> None:
        """Ends only when it is draining. An exception means a bug or a fence: the caller closes the channel and restarts."""
        self.transaction.epoch = 0
        self.due.clear()
        while not self.draining:
            await self._wait()
            if self._wanted_elsewhere and self.owned:
                await self._release()
                continue
            await self._keep_house()
            if self.owned and (work := await self._compose()):
                await self._settle(work)
        if self.owned:
            # Timers and parked messages need not wait until the lease has run out.
            await ownership.release(self.pool, self.number, self.transaction.epoch)

    def let_go(self) -> None:
        """Another process should have this lane: after the batch in flight it is released."""
        self._wanted_elsewhere = True
        self._wake.set()

    async def drain(self) -> None:
        """Take nothing more; the batch in flight is finished and acknowledged by `run`, which then ends."""
        self.draining = True
        self._wake.set()

    async def _wait(self) -> None:
        """Until something is there, and a little longer while more of it may come."""
        if not self.due and not self.intake.peek():
            self._oldest = None
            if not await self._woken(TICK):
                return
            self._oldest = time.monotonic()
        while not self.draining and not self._wanted_elsewhere and len(self.intake) < ENOUGH:
            until = self._ended + self._linger
            if not self.due:
                until = max(until, self._by)
            if (left := until - time.monotonic()) <= 0:
                return
            await self._woken(left)

    async def _woken(self, seconds: float) -> bool:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True

    async def _keep_house(self) -> None:
        """Own the lane, say so, and look for what has fallen due; each at its own pace."""
        now = time.monotonic()
        if not self.owned and (self.intake.peek() or now >= self._next_look):
            self._next_look = now + TICK
            await self._claim(by_force=self.intake.peek() is not None)
        if not self.owned:
            return
        if now >= self._next_beat:
            self._next_beat = now + BEAT
            if not await ownership.beat(self.pool, self.number, self.transaction.epoch):
                raise Fenced
        if now >= self._next_look and not self.due:
            self._next_look = now + TICK
            await self.due.look(self.pool)

    async def _claim(self, *, by_force: bool) -> None:
        """The broker's word is stronger than a lease: who is given messages owns the lane."""
        claim = await ownership.claim(self.pool, self.number, self.owner, by_force=by_force)
        if claim is None:
            return
        self.transaction.epoch, self.transaction.held = claim.epoch, claim.held
        self._next_look = 0.0
        for bundle in claim.bundles:
            if not self.relay.knows(bundle.id):
                self.relay.put(bundle)
        log.info("%s: lane taken, epoch %d, %d bundles adopted", self.queue, claim.epoch, len(claim.bundles))

    async def _reclaim(self) -> None:
        """A commit was not answered. The new claim waits for its end; what it left goes out before anything newer.

        Raises Fenced when the lane has another owner by now.
        """
        self.transaction.epoch = 0
        await self._claim(by_force=False)
        if not self.owned:
            raise Fenced

    async def _release(self) -> None:
        """The channel closes with what is unacknowledged, comes back last in line, and the next consumer goes on."""
        self._wanted_elsewhere = False
        await ownership.release(self.pool, self.number, self.transaction.epoch)
        self.transaction.epoch = 0
        self.due.clear()
        self._next_look = time.monotonic() + BEAT
        await self.give_back()
        log.info("%s: lane let go", self.queue)

    async def give_back(self) -> None:
        """What was taken and not acknowledged goes back to its place; whoever the broker trusts now gets it."""
        self.intake.clear()
        await self.close_channel()

    async def _compose(self) -> list[Incoming]:
        """Neither the queue nor what is due takes more than half a batch while the other waits."""
        head = self.intake.peek()
        most_due = MOST // 2 if head is not None else MOST
        work = self.due.take(most_due)
        taken = list(self.intake.take(MOST - len(work)))
        self._by = 0.0 if len(self.intake) else math.inf
        for delivery in taken:
            incoming = await self._read(delivery)
            if incoming is None:
                continue
            if incoming.alone and work:
                # Whatever was taken before it goes first; a suspect goes alone.
                await self._settle(work)
                work = []
            work.append(incoming)
            if incoming.alone:
                await self._settle_alone(incoming)
                work = []
        failpoint("lane.received")
        return work

    async def _read(self, delivery: Delivery) -> Incoming | None:
        """None for what cannot be read: it is with the broker's dead letters, with its reason, before it is acknowledged."""
        try:
            incoming = from_queue(self.group, delivery)
            self.verifier.check(incoming.envelope)
        except InvalidMessage as error:
            await self._reject(delivery, error.reason, str(error))
            return None
        except Exception as error:
            # Whatever a stranger puts into a header must not stop the lane.
            await self._reject(delivery, "unreadable", type(error).__name__)
            return None
        return incoming

    async def _reject(self, delivery: Delivery, reason: str, detail: str) -> None:
        metrics.unreadable.labels(self.group.name, reason).inc()
        log.warning("%s: message to dead letters: %s", self.queue, detail)
        await self.relay.bury(delivery, self.group.name, reason, detail)
        await self._acknowledge(delivery, multiple=False)

    async def _settle_alone(self, suspect: Incoming) -> None:
        """Named before it runs: if the process dies now, the next one knows who did it.

        One suspect of a process at a time, for two that are named when one of them kills would both be accused. Whose
        turn does not come, because another one's database is away, runs without being named.
        """
        try:
            async with asyncio.timeout(TURN):
                await self.turn.acquire()
        except TimeoutError:
            await self._settle([suspect])
            return
        try:
            if await ownership.suspect(self.pool, self.number, suspect.id) > MOST_DEATHS:
                await self.transaction.give_up(suspect, "killed-the-process")
                metrics.parked.labels(self.group.name, "dead").inc()
                await self._finish([suspect])
            else:
                await self._settle([suspect])
        finally:
            self.turn.release()

    async def _settle(self, work: list[Incoming]) -> None:
        pause, timeouts, began, doubt = 0.05, 0, time.perf_counter(), False
        sent = self.relay.confirmed()
        while True:
            try:
                if doubt:
                    await self._reclaim()
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
        self._linger = min(LINGER + 2 * max(0.0, took - QUICK), MOST_LINGER)
        if len(committed) == 1:
            self.relay.forgotten(sent)
        self._publish(committed)
        await self._finish(work)

    def _publish(self, committed: Sequence[Committed]) -> None:
        for one in committed:
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
                await self._reject(one.delivery, one.refused, one.refused)
                continue
            if one.reply_to and one.answer is not None:
                self.relay.answer(one.reply_to, str(one.id), one.answer)
            last = one.delivery or last
        failpoint("lane.before_ack")
        if last is not None:
            await self._acknowledge(last, multiple=True)
        failpoint("lane.after_ack")
        self._ended = time.monotonic()

    async def _acknowledge(self, delivery: Delivery, *, multiple: bool) -> None:
        """A channel that is gone cannot be told; the messages come again and the inbox knows them."""
        if not delivery.channel.is_closed:
            await delivery.channel.basic_ack(delivery.tag, multiple=multiple)


async def _nothing_to_close() -> None:
    """Before a subscriber is attached."""
