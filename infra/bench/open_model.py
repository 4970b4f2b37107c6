"""Requests that start by a clock of their own, however the earlier ones fare: what users do, who know nothing of each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from infra.bench.http import Exchange

MOST_CONNECTIONS = 400
PATIENCE = 15.0
"""Seconds until a request counts as unanswered."""
IDLE = 10.0
"""Seconds after which a connection is not used again; the edge closes it after 15."""
TECHNICAL = "_timeout"
"""How a reason ends that is a fault of the system. All others are a domain's own no."""


class Shot(NamedTuple):
    """`due`: seconds after the beginning. `write` makes the request when it is due."""

    due: float
    kind: str
    write: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Hit:
    """`seconds` from when it was due to its answer; `status` 0 when there was none; `reason` of a refusal."""

    kind: str
    due: float
    seconds: float
    status: int
    reason: str = ""

    @property
    def error(self) -> bool:
        """No answer, one of the system's own failures, or a request that was not understood; never a domain's no."""
        if 200 <= self.status < 300:
            return False
        return not self.reason or self.reason.endswith(TECHNICAL)


@dataclass
class Range:
    """Where it is shot at; `heard` sees each answer that went well."""

    host: str
    port: int
    heard: Callable[[str, int, bytes], None] = lambda kind, status, body: None
    hits: list[Hit] = field(default_factory=list)
    _idle: list[tuple[float, Exchange]] = field(default_factory=list)

    async def fire(self, shots: Iterator[Shot]) -> None:
        """Until the shots are used up and the last is answered or given up."""
        free = asyncio.Semaphore(MOST_CONNECTIONS)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as flying:
            for shot in shots:
                await asyncio.sleep(max(0.0, began + shot.due - time.perf_counter()))
                flying.create_task(self._one(shot, began + shot.due, free))
        for _, exchange in self._idle:
            _close(exchange)

    async def _one(self, shot: Shot, due: float, free: asyncio.Semaphore) -> None:
        status, reason = 0, ""
        async with free:
            try:
                exchange = await self._exchange()
                try:
                    status, body = await exchange.ask(shot.write(), PATIENCE)
                except BaseException:
                    _close(exchange)  # an answer that still comes must not be taken for the next one
                    raise
                self._idle.append((time.perf_counter(), exchange))
                if status >= 400:
                    reason = _reason(body)
                else:
                    self.heard(shot.kind, status, body)
            except (OSError, TimeoutError):
                pass
        self.hits.append(Hit(shot.kind, shot.due, time.perf_counter() - due, status, reason))

    async def _exchange(self) -> Exchange:
        while self._idle:
            since, exchange = self._idle.pop()
            if exchange.transport and not exchange.transport.is_closing() and time.perf_counter() - since < IDLE:
                return exchange
            _close(exchange)
        async with asyncio.timeout(PATIENCE):
            return (await asyncio.get_running_loop().create_connection(Exchange, self.host, self.port))[1]


def _close(exchange: Exchange) -> None:
    if exchange.transport:
        exchange.transport.close()


def _reason(body: bytes) -> str:
    """What a domain gave as its reason; a problem of the edge's own has none."""
    try:
        return str(orjson.loads(body).get("reason", ""))
    except (ValueError, AttributeError):
        return ""
