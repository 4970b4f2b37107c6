"""What a process tells its supervisor and Prometheus: /healthz, /readyz and /metrics on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


def app(report: Callable[[], dict[str, str]]) -> Starlette:
    """`report` says what is not ready, by name; an empty one means ready. Alive is who answers at all: a broker that is
    away must not make a supervisor kill everybody who waits for it."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(request: Request) -> Response:
        waiting = report()
        return JSONResponse({"status": "waiting" if waiting else "ready", **waiting}, 503 if waiting else 200)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


async def serve(host: str, port: int, report: Callable[[], dict[str, str]]) -> None:
    """Until cancelled. Port 0 means that nobody asks, so nothing is served."""
    if not port:
        await asyncio.Event().wait()
    config = uvicorn.Config(app(report), host=host, port=port, log_level="warning", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    # Signals belong to the process that hosts us.
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    await server._serve()
