"""`/demo/faults`: an admin pulls a plug, in development only. The edge may kill nothing; it passes the wish on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from edge import body as bodies
from edge import mistakes, problems, strict_json
from edge.context import Context, context_of
from edge.core import Edge
from edge.endpoints import JSON
from edge.problems import Problem
from infra.faults import Refused, Wish

PATH = "/demo/faults"
LIMIT = 1024
Serve: TypeAlias = Callable[[Request], Awaitable[Response]]


class Faults(Protocol):
    """Whoever may cause them; a wish of None asks what there is. Raises infra.faults.Refused."""

    async def __call__(self, wish: Wish | None = None) -> dict[str, Any]: ...


def handlers(edge: Edge, faults: Faults | None) -> tuple[Serve, Serve]:
    """For GET and POST; without `faults` there is no such thing."""

    async def view(request: Request) -> Response:
        return _json(await _asked(_admitted(edge, faults, request), None))

    async def cause(request: Request) -> Response:
        context = context_of(request.scope)
        context.route = PATH
        ask = _admitted(edge, faults, request)
        bodies.must_be(request, JSON)
        return _json(await _asked(ask, _wish(await bodies.read(request, LIMIT, edge.config.body_seconds), context)), 202)

    return view, cause


def _admitted(edge: Edge, faults: Faults | None, request: Request) -> Faults:
    """Raises Problem: 404 outside development, whoever asks; 401 and 403."""
    if faults is None:
        raise Problem("not-found")
    edge.authenticate(request, context_of(request.scope)).must_be("admin")
    bodies.acceptable(request, JSON)
    return faults


def _wish(raw: bytes, context: Context) -> Wish:
    strict_json.read(raw)
    try:
        return Wish.model_validate_json(raw)
    except ValidationError as error:
        raise mistakes.problem(error, context.language) from None


async def _asked(ask: Faults, wish: Wish | None) -> dict[str, Any]:
    try:
        return await ask(wish)
    except Refused as refused:
        problem = problems.Refused(refused.reason, {"detail": refused.detail})
        if refused.retry_after:
            problem.headers["Retry-After"] = str(refused.retry_after)
        raise problem from None


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, {"Cache-Control": "no-store"}, JSON)
