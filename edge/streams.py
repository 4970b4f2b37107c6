"""Server-sent events: bounded in number and time, with heartbeats so that proxies keep them open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from edge import views
from edge.core import Edge
from edge.languages import Language
from edge.problems import Problem
from edge.rules import Operation

HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
EVENTS = "text/event-stream"
HEARTBEAT = b": heartbeat\n\n"


class Streams:
    """Open streams of this process, counted."""

    def __init__(self, most: int) -> None:
        self.most, self.open = most, 0

    def response(self, request: Request, events: AsyncIterator[bytes]) -> Response:
        """Raises Problem 503 when too many are open. A HEAD opens none."""
        if request.method == "HEAD":
            return Response(None, 200, HEADERS, EVENTS)
        if self.open >= self.most:
            raise Problem("overloaded", "Too many streams are open.", headers={"Retry-After": "5"})
        return StreamingResponse(self._counted(events), headers=HEADERS, media_type=EVENTS)

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
    async for operation in changes(edge, identity):
        if operation is not None:
            yield event("status", views.view(operation, language), str(len(operation.steps)))
        elif loop.time() < end:
            yield HEARTBEAT
        else:
            return


async def changes(edge: Edge, identity: UUID) -> AsyncIterator[Operation | None]:
    """Each state of the operation that differs from the one before, until it closes; None as a sign of life."""
    told: object = None
    with edge.waiters.registered(identity) as waiting:
        operation = await views.read(edge.pool, identity)
        while operation is not None:
            if (state := (operation.status, len(operation.steps))) != told:
                told = state
                yield operation
            if operation.closed:
                return
            operation = await _next(edge, waiting)
            if operation is None:
                yield None
                operation = await views.read(edge.pool, identity)


async def _next(edge: Edge, waiting: asyncio.Queue[Operation]) -> Operation | None:
    """The next change of this process's knowledge; None after a heartbeat's time."""
    try:
        async with asyncio.timeout(edge.config.heartbeat_seconds):
            return await waiting.get()
    except TimeoutError:
        return None
