"""What has fallen due in a lane: timers that ring and parked messages whose next attempt has come."""

from __future__ import annotations

import logging
from collections import deque
from uuid import UUID

from infra import metrics, parked, timers
from infra.database import Pool
from infra.errors import InvalidMessage
from infra.failpoint import failpoint
from infra.group import Group
from infra.incoming import Incoming, from_parking, from_timer
from infra.parked import Return
from infra.timers import Ring

AT_ONCE = 128
"""Of each kind in one look; the next look finds the rest."""

log = logging.getLogger(__name__)


class Due:
    def __init__(self, group: Group, lane: int) -> None:
        self.group, self.lane = group, lane
        self._waiting: deque[Incoming] = deque()
        self._ids: set[UUID] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def clear(self) -> None:
        """Somebody else looks from now on."""
        self._waiting.clear()
        self._ids.clear()

    def take(self, most: int) -> list[Incoming]:
        work = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        self._ids -= {one.id for one in work}
        return work

    async def look(self, pool: Pool) -> None:
        """By database time. Only the owner of the lane may look."""
        async with pool.acquire() as connection:
            rings = await timers.due(connection, self.lane, AT_ONCE)
            back = await parked.due(connection, self.lane, AT_ONCE)
        if rings:
            failpoint("timer.ringing")
        for ring in rings:
            metrics.timer_lateness.labels(self.group.name).observe(ring.late)
            await self._add(pool, ring)
        for one in back:
            await self._add(pool, one)

    async def _add(self, pool: Pool, due: Ring | Return) -> None:
        """What was stored under a contract that nobody knows any more is a dead letter, not a lane that never goes on."""
        if due.id in self._ids:
            return
        try:
            incoming = from_timer(self.group, due) if isinstance(due, Ring) else from_parking(self.group, due)
        except InvalidMessage as error:
            log.warning("%s: %s is a dead letter: %s", self.group.lanes[self.lane], due.topic, error)
            async with pool.acquire() as connection, connection.transaction():
                await parked.shelve(connection, self.lane, due.id, due.topic, due.headers, due.body, error.reason)
                if isinstance(due, Ring):
                    await timers.take(connection, [(due.topic, due.subject, due.id)])
            return
        self._ids.add(incoming.id)
        self._waiting.append(incoming)
