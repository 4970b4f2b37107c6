"""Sends the trace of each finished operation to a collector, where an operator names one (HIKYAKU_EDGE_OTLP_URL).

In nobody's way: what is sent was recorded anyway, one operation at a time, after its close. What does not fit is dropped
and counted, and so is what the collector does not take.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Sequence
from uuid import UUID

import httpx
from prometheus_client import Counter

from edge import otlp, traces
from edge.rules import Operation
from edge.traces import Ask
from infra.database import Pool

MOST_WAITING = 1_000
MOST_KNOWN = 10_000
REST = 3.0
"""Seconds from the close: until the copies of what was sent last, and the call itself, are recorded."""
PATIENCE = 5.0

sent = Counter("hikyaku_edge_traces_sent_total", "Traces that the collector took.")
dropped = Counter("hikyaku_edge_traces_dropped_total", "Traces that were not sent.", ["why"])
log = logging.getLogger(__name__)


class TraceSender:
    """`url` is the collector's, such as http://127.0.0.1:4318."""

    def __init__(self, url: str, ask: Ask, pool: Pool, rest: float = REST) -> None:
        self.url, self.ask, self.pool, self.rest = f"{url.rstrip('/')}/v1/traces", ask, pool, rest
        self._waiting: deque[tuple[float, UUID]] = deque()
        self._known: dict[UUID, None] = {}
        self._wake = asyncio.Event()

    def committed(self, operations: Sequence[Operation]) -> None:
        """A closed operation that goes on to be told of is sent once."""
        for one in operations:
            if not one.closed or one.operation_id in self._known:
                continue
            if len(self._waiting) >= MOST_WAITING:
                dropped.labels("too many").inc()
                continue
            if len(self._known) >= MOST_KNOWN:
                del self._known[next(iter(self._known))]
            self._known[one.operation_id] = None
            self._waiting.append((time.monotonic() + self.rest, one.operation_id))
            self._wake.set()

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._waiting:
                    due, operation = self._waiting.popleft()
                    await asyncio.sleep(max(0.0, due - time.monotonic()))
                    await self._send(client, operation)

    async def _send(self, client: httpx.AsyncClient, operation: UUID) -> None:
        try:
            found = await traces.of(operation, self.ask, self.pool)
            if not found.sampled:
                return
            body = otlp.written(found.spans, found.complete)
            answer = await client.post(self.url, content=body, headers={"Content-Type": "application/json"})
            answer.raise_for_status()
            sent.inc()
        except Exception as error:
            # Whatever it is: a trace is worth no more than a line in the log.
            dropped.labels(type(error).__name__).inc()
            log.warning("traces: %s was not sent: %s", operation, type(error).__name__)
