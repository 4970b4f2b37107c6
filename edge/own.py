"""Routes of the edge itself: operations and their streams, health, metrics, documents and pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import FastAPI
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from edge import body as bodies
from edge import conditional, faults, pages, streams, views
from edge.context import context_of
from edge.endpoints import JSON
from edge.problems import KINDS, REASONS, Problem
from edge.socket_documents import TICKETS, SocketTicket
from edge.sockets import PATH
from edge.streams import Streams
from edge.tickets import LIFETIME

if TYPE_CHECKING:
    from edge.app import Deps

Serve = Callable[[Request], Awaitable[Response]]
PUBLIC = {"Cache-Control": "no-cache"}
"""The same for everybody, and asked for anew each time."""


def mount(app: FastAPI, deps: Deps, documents: dict[str, bytes]) -> None:
    edge, live = deps.edge, deps.live
    open_streams = Streams(edge.config.most_streams)

    async def operation(request: Request) -> Response:
        context = context_of(request.scope)
        principal = edge.authenticate(request, context)
        bodies.acceptable(request, JSON)
        found = await edge.operation(request.path_params["operation_id"], principal)
        context.operation_id = found.operation_id
        body = orjson.dumps(views.view(found, context.language))
        return conditional.answer(request, body, {**conditional.PRIVATE, "Vary": "Accept-Language"})

    async def events(request: Request) -> Response:
        context = context_of(request.scope)
        principal = edge.authenticate(request, context)
        bodies.acceptable(request, "text/event-stream")
        found = await edge.operation(request.path_params["operation_id"], principal)
        return open_streams.response(request, streams.of_operation(edge, found.operation_id, context.language))

    async def demo_events(request: Request) -> Response:
        return open_streams.response(request, live.follow(edge.config.stream_seconds))

    async def alive(request: Request) -> Response:
        return _json({"status": "alive"})

    async def ready(request: Request) -> Response:
        try:
            await edge.pool.fetchval("SELECT 1", timeout=2)
        except Exception:
            return _json({"status": "not ready", "database": "away"}, 503)
        waiting = edge.pressure.reason()
        return _json({"status": "shedding" if waiting else "ready", "database": "there"}, 503 if waiting else 200)

    async def metrics(request: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def metrics_targets(request: Request) -> Response:
        return Response(orjson.dumps(deps.targets()), media_type=JSON)

    async def problem(request: Request) -> Response:
        name = request.path_params["name"]
        table, key = (REASONS, name[8:].replace("-", "_")) if name.startswith("reasons/") else (KINDS, name)
        if (text := table.get(key)) is None:
            raise Problem("not-found")
        found = {"type": f"/problems/{name}", "status": text.status, "en": text.en, "ja": text.ja}
        return conditional.answer(request, orjson.dumps(found), PUBLIC)

    async def jwks(request: Request) -> Response:
        return conditional.answer(request, documents["jwks"], {"Cache-Control": "public, max-age=300"})

    async def demo_token(request: Request) -> Response:
        context = context_of(request.scope)
        context.route = "/demo/token"
        if deps.demo_tokens is None:
            raise Problem("not-found")
        edge.slow_down(edge.failures.wait(context.client))
        wish = request.query_params
        found = deps.demo_tokens.issue(
            request.headers.get("host", ""), wish.get("role", "customer"), wish.get("subject", "")
        )  # fmt: skip
        return _json(found, 201)

    async def socket(request: Request) -> Response:
        raise Problem("upgrade-required", headers={"Upgrade": "websocket", "Connection": "upgrade"})

    async def socket_ticket(request: Request) -> Response:
        context = context_of(request.scope)
        context.route = TICKETS
        principal = edge.authenticate(request, context)
        bodies.acceptable(request, JSON)
        ticket = await edge.tickets.issue(principal)
        seconds = int(LIFETIME.total_seconds())
        found = SocketTicket(ticket=ticket, expires_in=seconds, links={"socket": f"{PATH}?ticket={ticket}"})
        return _json(found.model_dump(), 201)

    async def maintenance(request: Request) -> Response:
        return pages.maintenance(context_of(request.scope).language)

    def document(name: str) -> Serve:
        async def serve(request: Request) -> Response:
            return conditional.answer(request, documents[name], PUBLIC)

        return serve

    table: dict[str, Serve] = {
        "/v1/operations/{operation_id}": operation,
        "/v1/operations/{operation_id}/events": events,
        PATH: socket,
        "/demo/events": demo_events,
        "/healthz": alive,
        "/readyz": ready,
        "/metrics": metrics,
        "/metrics/targets": metrics_targets,
        "/.well-known/jwks.json": jwks,
        "/openapi.json": document("openapi"),
        "/asyncapi.json": document("asyncapi"),
        "/problems/{name:path}": problem,
        "/maintenance": maintenance,
        **pages.table(),
    }
    table[faults.PATH], cause = faults.handlers(edge, deps.faults)
    for path, serve in table.items():
        app.add_api_route(path, _named(path, serve), methods=["GET", "HEAD"], response_model=None, include_in_schema=False)
    for path, serve in {"/demo/token": demo_token, TICKETS: socket_ticket, faults.PATH: cause}.items():
        app.add_api_route(path, serve, methods=["POST"], response_model=None, include_in_schema=False)


def _named(path: str, serve: Serve) -> Serve:
    """Tells the gate the template, for audit and metrics."""

    async def named(request: Request) -> Response:
        context_of(request.scope).route = path
        return await serve(request)

    return named


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, {"Cache-Control": "no-store"}, JSON)
