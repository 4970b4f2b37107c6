"""Every call leaves a line: who, what, how it ended. No bodies, no secrets, no addresses (S3-76, S2-104)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prometheus_client import Counter

from edge.tables import audit
from infra.database import Pool

MOST_HELD = 50_000
MOST_TOGETHER = 5_000
EVERY = 1.0

lost = Counter("hikyaku_edge_audit_lost_total", "Audit lines dropped while the database was away for too long.")
log = logging.getLogger(__name__)


class Line(NamedTuple):
    """In the order of the table's columns. `route` is the template, never the path with its ids.

    `span_id` is this call's own place in its trace, `parent_id` the caller's.
    """

    at: datetime
    request_id: str
    trace_id: str
    principal: str
    method: str
    route: str
    status: int
    milliseconds: int
    operation_id: UUID | None
    span_id: str
    parent_id: str


class Audit:
    """Lines wait in memory for a second at most; while the database is away nothing can be accepted anyway."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._lines: deque[Line] = deque()

    def note(self, line: Line) -> None:
        if len(self._lines) >= MOST_HELD:
            lost.inc()
            return
        self._lines.append(line)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self.flush()

    async def flush(self) -> None:
        while self._lines:
            lines = [self._lines.popleft() for _ in range(min(len(self._lines), MOST_TOGETHER))]
            try:
                async with self.pool.acquire() as connection:
                    await connection.copy_records_to_table("audit", records=lines, columns=[c.name for c in audit.columns])
            except Exception as error:
                self._lines.extendleft(reversed(lines))
                log.warning("audit: %d lines wait: %s", len(self._lines), type(error).__name__)
                return
