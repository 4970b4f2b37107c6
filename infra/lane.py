"""A lane: one partition of one group. One consumer, one transaction in flight, batches of pure decisions.

It is fed in turn from its queue, its due timers and its parked messages. What arrives while a transaction is in
flight is the next batch; a single message is never delayed while the lane is idle.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from infra import ownership
from infra.database import Pool
from infra.delivery import Delivery
from infra.due import Due
from infra.errors import Fenced, InvalidMessage
from infra.failpoint import failpoint
from infra.group import Group
from infra.incoming import Incoming, from_queue
from infra.intake import Intake
from infra.pace import TICK, Pace
from infra.settling import Settling
from infra.transaction import Transaction

if TYPE_CHECKING:
    from infra.actor import Verifier
    from infra.relay import Relay

MOST = 256
BEAT = 3.0

log = logging.getLogger(__name__)


class Lane:
    def __init__(
        self, group: Group, number: int, pool: Pool, relay: Relay, owner: UUID, delays: Sequence[float], verifier: Verifier,
        turn: asyncio.Lock,
    ) -> None:  # fmt: skip
        """`turn` is whose turn it is, of the suspects of all lanes of this process."""
        self.group, self.number, self.pool, self.relay, self.owner = group, number, pool, relay, owner
        self.verifier = verifier
        self.queue = group.lanes[number]
        self.transaction = Transaction(pool, group, number, owner, delays)
        self.intake, self.due = Intake(), Due(group, number)
        self.draining = False
        self._wanted_elsewhere = False
        self.pace = Pace(self.intake, self.due, lambda: self.draining or self._wanted_elsewhere)
        self.settling = Settling(self.queue, self.transaction, relay, self.pace, turn, self._reclaim)
        self._next_look = self._next_beat = 0.0
        self.close_channel: Callable[[], Awaitable[None]] = _nothing_to_close

    def feed(self, delivery: Delivery) -> None:
        """Called by the subscriber in the event loop; never waits."""
        self.intake.put(delivery)
        kind = self.group.kind(delivery.kind)
        self.pace.arrived(kind.patience if kind is not None else 0.0)

    @property
    def owned(self) -> bool:
        return self.transaction.epoch > 0

    async def run(self) -> None:
        """Ends only when it is draining. An exception means a bug or a fence: the caller closes the channel and restarts."""
        self.transaction.epoch = 0
        self.due.clear()
        while not self.draining:
            await self.pace.wait()
            if self._wanted_elsewhere and self.owned:
                await self._release()
                continue
            await self._keep_house()
            if self.owned and (work := await self._compose()):
                await self.settling.settle(work)
        if self.owned:
            # Timers and parked messages need not wait until the lease has run out.
            await ownership.release(self.pool, self.number, self.transaction.epoch)

    def let_go(self) -> None:
        """Another process should have this lane: after the batch in flight it is released."""
        self._wanted_elsewhere = True
        self.pace.wake()

    async def drain(self) -> None:
        """Take nothing more; the batch in flight is finished and acknowledged by `run`, which then ends."""
        self.draining = True
        self.pace.wake()

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
        self.pace.taken()
        for delivery in taken:
            incoming = await self._read(delivery)
            if incoming is None:
                continue
            if incoming.alone and work:
                # Whatever was taken before it goes first; a suspect goes alone.
                await self.settling.settle(work)
                work = []
            work.append(incoming)
            if incoming.alone:
                await self.settling.settle_alone(incoming)
                work = []
        failpoint("lane.received")
        return work

    async def _read(self, delivery: Delivery) -> Incoming | None:
        """None for what cannot be read: it is with the broker's dead letters, with its reason, before it is acknowledged."""
        try:
            incoming = from_queue(self.group, delivery)
            self.verifier.check(incoming.envelope)
        except InvalidMessage as error:
            await self.settling.reject(delivery, error.reason, str(error))
            return None
        except Exception as error:
            # Whatever a stranger puts into a header must not stop the lane.
            await self.settling.reject(delivery, "unreadable", type(error).__name__)
            return None
        return incoming


async def _nothing_to_close() -> None:
    """Before a subscriber is attached."""
