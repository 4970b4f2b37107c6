"""Server-sent events: bounded in number and time, with heartbeats so that proxies keep them open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import orjson
from starlette.responses import StreamingResponse

from edge import views
from edge.core import Edge
from edge.languages import Language
from edge.problems import Problem
from edge.rules import Operation

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
HEARTBEAT = b": heartbeat\n\n"


class Streams:
    """Open streams of this process, counted."""

    def __init__(self, most: int) -> None:
        self.most, self.open = most, 0

    def response(self, events: AsyncIterator[bytes]) -> StreamingResponse:
        """Raises Problem 503 when too many are open."""
        if self.open >= self.most:
            raise Problem("overloaded", "Too many streams are open.", headers={"Retry-After": "5"})
        return StreamingResponse(self._counted(events), headers=HEADERS, media_type="text/event-stream")

    async def _counted(self, events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        self.open += 1
        try:
            async for event in events:
                yield event
        finally:
            self.open -= 1


def event(name: str, data: object, identity: str = "") -> bytes:
    head = f"id: {identity}\n" if identity else ""
    return f"{head}event: {name}\ndata: ".encode() + orjson.dumps(data) + b"\n\n"


async def of_operation(edge: Edge, identity: UUID, language: Language) -> AsyncIterator[bytes]:
    """Each change as the event `status`, until the operation closes or the stream has lasted long enough."""
    loop = asyncio.get_running_loop()
    end = loop.time() + edge.config.stream_seconds
    told: object = None
    with edge.waiters.registered(identity) as changes:
        operation = await views.read(edge.pool, identity)
        while operation is not None and loop.time() < end:
            if (state := (operation.status, len(operation.steps))) != told:
                told = state
                yield event("status", views.view(operation, language), str(len(operation.steps)))
            if operation.closed:
                return
            operation = await _next(edge, changes, identity)
            if operation is None:
                yield HEARTBEAT
                operation = await views.read(edge.pool, identity)


async def _next(edge: Edge, changes: asyncio.Queue[Operation], identity: UUID) -> Operation | None:
    """The next change of this process's knowledge; None after a heartbeat's time."""
    try:
        async with asyncio.timeout(edge.config.heartbeat_seconds):
            return await changes.get()
    except TimeoutError:
        return None
