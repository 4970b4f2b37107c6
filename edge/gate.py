"""The outermost layer: ids, limits, security headers, audit and metrics of every call, and no exception beyond it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from datetime import datetime

from prometheus_client import Counter, Gauge, Histogram
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from edge import pages
from edge.audit import Audit, Line
from edge.config import Config
from edge.context import SCOPE, Context, current
from edge.headers import HSTS, SECURITY, Cors, Raw
from edge.languages import preferred
from edge.limits import Limiter, network
from edge.maintenance import Maintenance
from edge.problems import MEDIA_TYPE, Problem
from edge.tracing import trace
from infra import clock

LONGEST_TARGET = 4096
LONGEST_HEADERS = 32 * 1024

requests = Counter("hikyaku_http_requests_total", "Answered requests.", ["method", "route", "status"])
seconds = Histogram(
    "hikyaku_http_seconds",
    "From the first byte to the last, without streams.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
in_flight = Gauge("hikyaku_http_in_flight", "Requests being answered.")
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = logging.getLogger(__name__)


class Gate:
    """Pure ASGI, since a middleware with tasks and queues of its own costs more than the route behind it."""

    def __init__(
        self,
        app: ASGIApp,
        sockets: ASGIApp,
        config: Config,
        by_address: Limiter,
        audit: Audit,
        maintenance: Maintenance,
        origins: Iterable[str] = (),
    ) -> None:
        self.app, self.sockets, self.config, self.by_address, self.audit = app, sockets, config, by_address, audit
        self.maintenance = maintenance
        self.cors = Cors(origins)
        self.always: list[Raw] = [*SECURITY, *([HSTS] if config.https else [])]
        self.count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, at = time.perf_counter(), clock.utcnow()
        headers = dict(scope["headers"])
        context, extra = self._meet(scope, headers)
        origin = headers.get(b"origin", b"")
        if origin:
            extra += self.cors.headers(origin)
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        self.count += 1
        try:
            if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
                await _answer(sending, 204, self.cors.preflight(origin), b"")
            elif self.maintenance.closed(scope["path"]):
                if b"text/html" not in headers.get(b"accept", b""):
                    raise Problem("maintenance", headers={"Retry-After": "60"})
                await pages.maintenance(context.language)(scope, receive, sending)
            else:
                self._check(scope, context.client)
                await self.app(scope, receive, sending)
        except Problem as problem:
            await self._refuse(problem, context, scope, sending, status)
        except ClientDisconnect:
            status = status or 499
        except Exception:
            log.exception("request %s failed", context.trace.request_id)
            await self._refuse(Problem("internal"), context, scope, sending, status)
        finally:
            self.count -= 1
            took = time.perf_counter() - began
            seconds.labels(context.route or "none").observe(took)
            self._note(context, scope["method"], status, at, took)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As a GET that lasts. A refusal answers the upgrade; after that, sockets count and close themselves."""
        began, at = time.perf_counter(), clock.utcnow()
        context, extra = self._meet(scope, dict(scope["headers"]))
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] in {"websocket.accept", "websocket.http.response.start"}:
                status = message.get("status", 101)
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        async def refusing(message: Message) -> None:
            await sending({**message, "type": f"websocket.{message['type']}"})

        try:
            if self.maintenance.closed(scope["path"]):
                raise Problem("maintenance", headers={"Retry-After": "60"})
            self._check(scope, context.client)
            await self.sockets(scope, receive, sending)
        except Problem as problem:
            await self._refuse(problem, context, scope, refusing, status)
        except Exception:
            log.exception("socket %s failed", context.trace.request_id)
            await self._refuse(Problem("internal"), context, scope, refusing, status)
            if status == 101:
                await send({"type": "websocket.close", "code": 1011})
        finally:
            self._note(context, "GET", status, at, time.perf_counter() - began)

    def _meet(self, scope: Scope, headers: dict[bytes, bytes]) -> tuple[Context, list[Raw]]:
        """The request's context, and the headers of whatever answers it."""
        traced = trace(_text(headers, b"traceparent"), _text(headers, b"x-request-id"))
        client = network(scope["client"][0]) if scope.get("client") else ""
        context = Context(traced, preferred(_text(headers, b"accept-language")), client)
        scope[SCOPE] = context
        current.set(context)
        ids = [(b"x-request-id", traced.request_id.encode()), (b"traceparent", traced.traceparent.encode())]
        return context, [*self.always, *ids]

    def _check(self, scope: Scope, client: str) -> None:
        """Raises Problem 414, 431, 429 and 503 before anything is read."""
        if len(scope["raw_path"] or b"") + len(scope["query_string"]) > LONGEST_TARGET:
            raise Problem("uri-too-long")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LONGEST_HEADERS:
            raise Problem("headers-too-large")
        if wait := self.by_address.wait(client):
            raise Problem("too-many-requests", headers={"Retry-After": str(wait)})
        if self.count > self.config.most_at_once:
            raise Problem("overloaded", headers={"Retry-After": "1"})

    async def _refuse(self, problem: Problem, context: Context, scope: Scope, send: Send, status: int) -> None:
        if status:
            return
        raw = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
        raw.append((b"content-language", context.language.encode()))
        raw.append((b"content-type", MEDIA_TYPE.encode()))
        body = problem.body(context.language, scope["path"][:LONGEST_TARGET])
        await _answer(send, problem.status, raw, body)

    def _note(self, context: Context, written: str, status: int, at: datetime, took: float) -> None:
        method = written if written in METHODS else "other"
        route = context.route or "none"
        requests.labels(method, route, status).inc()
        who = context.principal.subject if context.principal else ""
        line = Line(
            at, context.trace.request_id, context.trace.trace_id, who, method, route, status, int(took * 1000),
            context.operation_id, context.trace.span_id, context.trace.parent_id,
        )  # fmt: skip
        self.audit.note(line)


async def _answer(send: Send, status: int, headers: list[Raw], body: bytes) -> None:
    raw = [*headers, (b"content-length", str(len(body)).encode())]
    if status in {204, 304}:
        raw = list(headers)
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


def _text(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1")
