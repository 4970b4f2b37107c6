"""Back-pressure: nothing more is accepted when what was accepted can't be carried away (429/503 at the edge only).

While the broker is merely away the edge goes on accepting, up to `outbox_rows` bundles or `outbox_seconds` of age. A
broker that is there and takes nothing (it does so under an alarm), or a lane with more messages than `lane_messages`, is
reason enough to refuse.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from edge.config import Config
from infra.database import Pool

EVERY = 1.0
STUCK = 60.0
"""Seconds for which the oldest bundle may wait while we are connected: longer means that the broker has blocked us."""
PENDING = "SELECT count(*), coalesce(extract(epoch FROM now() - min(at)), 0)::float8 FROM pending"

log = logging.getLogger(__name__)


class OutboxPressure:
    """`depths` tells the messages that wait in each lane; `connected` for how many seconds we have been connected."""

    def __init__(
        self,
        config: Config,
        pool: Pool,
        depths: Callable[[], Awaitable[Mapping[str, int]]],
        connected: Callable[[], float],
    ) -> None:
        self.config, self.pool, self._depths, self._connected = config, pool, depths, connected
        self.rows, self.age = 0, 0.0
        self.depths: Mapping[str, int] = {}

    def reason(self) -> str:
        """Why not, or an empty text."""
        if min(self.age, self._connected()) > STUCK:
            return "the message broker takes nothing"
        if self.rows > self.config.outbox_rows or self.age > self.config.outbox_seconds:
            return "too much is waiting to be sent"
        if any(depth > self.config.lane_messages for depth in self.depths.values()):
            return "too much is waiting to be done"
        return ""

    async def run(self) -> None:
        while True:
            try:
                self.rows, self.age = await self.pool.fetchrow(PENDING)  # type: ignore[misc]  # count(*) gives a row
                self.depths = await self._depths()
            except Exception as error:
                log.warning("pressure: %s", type(error).__name__)
            await asyncio.sleep(EVERY)
