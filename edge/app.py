"""The application: the gate around FastAPI, and every route found by its folder."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp

from edge import asyncapi, openapi, own, routing
from edge.audit import Audit
from edge.caches import Kept
from edge.channels import Channel, Hub
from edge.context import context_of
from edge.core import Edge
from edge.demo_tokens import DemoTokens
from edge.endpoints import Endpoint, Routes
from edge.faults import Faults
from edge.gate import Gate
from edge.live import Live
from edge.maintenance import Maintenance
from edge.problems import MEDIA_TYPE, Problem
from edge.sockets import Sockets

ROUTES = "edge.routes"
KINDS = {404: "not-found", 405: "method-not-allowed", 400: "malformed-request", 413: "content-too-large"}


@dataclass
class Deps:
    """What the application is made of; tests put their own pieces in."""

    edge: Edge
    audit: Audit
    live: Live
    hub: Hub = field(default_factory=Hub)
    maintenance: Maintenance = field(default_factory=Maintenance)
    jwks: dict[str, Any] = field(default_factory=lambda: {"keys": []})
    demo_tokens: DemoTokens | None = None
    origins: Iterable[str] = ()
    targets: Callable[[], list[dict[str, Any]]] = list
    faults: Faults | None = None


def declared() -> list[Routes]:
    """Of every module in `edge/routes`: a new domain adds its file and edits none."""
    package = importlib.import_module(ROUTES)
    return [importlib.import_module(f"{ROUTES}.{one.name}").routes for one in pkgutil.iter_modules(package.__path__)]


def channels() -> list[Channel]:
    return [channel for routes in declared() for channel in routes.channels]


def kept() -> list[Kept]:
    return [kept for routes in declared() for kept in routes.kept]


def endpoints() -> list[Endpoint]:
    found = [endpoint for routes in declared() for endpoint in routes.endpoints]
    # Commands first: routes are tried in order, and commands are what comes by the thousand.
    return sorted(found, key=lambda one: (one.method == "GET", one.path.count("{"), one.path != "/v1/orders"))


def create_app(deps: Deps) -> ASGIApp:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    served = endpoints()
    for endpoint in served:
        routing.mount(app, deps.edge, endpoint)
    documents = {
        "openapi": orjson.dumps(openapi.build(served)),
        "asyncapi": orjson.dumps(asyncapi.build(deps.hub.channels.values())),
        "jwks": orjson.dumps(deps.jwks),
    }
    own.mount(app, deps, documents)
    app.add_exception_handler(HTTPException, _as_problem)
    app.add_exception_handler(Problem, _answer)
    app.add_exception_handler(Exception, _internal)
    sockets = Sockets(deps.edge, deps.hub, deps.origins)
    return Gate(app, sockets, deps.edge.config, deps.edge.by_address, deps.audit, deps.maintenance, deps.origins)


async def _as_problem(request: Request, error: Exception) -> Response:
    """What the router refuses by itself: no such path, or another method on it."""
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_allowed(request))
    return _respond(request, Problem(KINDS.get(error.status_code, "malformed-request"), headers=headers))


def _allowed(request: Request) -> list[str]:
    """Every method of this path: one path may be declared several times."""
    found: set[str] = set()
    for route in request.app.router.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return sorted(found)


async def _answer(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return _respond(request, error)


async def _internal(request: Request, error: Exception) -> Response:
    """The gate logs it; the caller learns nothing but the request's id."""
    return _respond(request, Problem("internal"))


def _respond(request: Request, problem: Problem) -> Response:
    language = context_of(request.scope).language
    body = problem.body(language, request.scope["path"])
    return Response(body, problem.status, {**problem.headers, "Content-Language": language}, MEDIA_TYPE)
