"""A lean HTTP/1.1 load: keep-alive connections, one request in flight on each, every answer counted."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httptools
import orjson


@dataclass(slots=True)
class Outcome:
    """Seconds of each answered request, and how many had which status; 0 is a lost connection."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    took: float = 0.0

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.seconds, n=100)[percent - 1] if len(self.seconds) > 1 else 0.0

    @property
    def rate(self) -> float:
        return sum(self.statuses.values()) / self.took if self.took else 0.0


class Exchange(asyncio.Protocol):
    """One connection. `ask` sends a request and waits for the whole answer."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._new_parser()

    def _new_parser(self) -> None:
        self._body = bytearray()
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # uvloop's own kind of Transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, None
        status, body = self._parser.get_status_code(), bytes(self._body)
        self._new_parser()
        if answer is not None and not answer.done():
            answer.set_result((status, body))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the connection was lost"))

    async def ask(self, request: bytes, timeout: float = 30) -> tuple[int, bytes]:
        self._answer = asyncio.get_running_loop().create_future()
        assert self.transport is not None
        self.transport.write(request)
        async with asyncio.timeout(timeout):
            return await self._answer


def request(method: str, path: str, token: str, body: Any = None, **headers: str) -> bytes:
    content = b"" if body is None else orjson.dumps(body)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", f"Content-Length: {len(content)}"]
    if content:
        lines.append("Content-Type: application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def load(
    host: str, port: int, requests: Iterator[bytes], connections: int, rate: float = 0.0,
    seen: Callable[[int, bytes], None] | None = None,
) -> Outcome:  # fmt: skip
    """Until the requests are used up. With `rate` they start by the clock, whether or not earlier ones are answered."""
    outcome = Outcome()
    began = time.perf_counter()
    turn = 0

    async def work() -> None:
        nonlocal turn
        loop = asyncio.get_running_loop()
        _, exchange = await loop.create_connection(Exchange, host, port)
        for one in requests:
            due = began + turn / rate if rate else time.perf_counter()
            turn += 1
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            try:
                status, body = await exchange.ask(one)
            except (ConnectionError, TimeoutError):
                outcome.statuses[0] += 1
                _, exchange = await loop.create_connection(Exchange, host, port)
                continue
            outcome.statuses[status] += 1
            outcome.seconds.append(time.perf_counter() - due)
            if seen is not None:
                seen(status, body)

    await asyncio.gather(*(work() for _ in range(connections)))
    outcome.took = time.perf_counter() - began
    return outcome
