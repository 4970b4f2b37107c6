"""From an endpoint's declaration to an answer: the same road for every command, and one for every query."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from fastapi import FastAPI
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from edge import body as bodies
from edge import conditional, files, idempotency, mistakes, preferences, strict_json, views
from edge.calls import Call, Empty, Intent
from edge.context import Context, context_of
from edge.core import Edge
from edge.endpoints import CSV, JSON, Endpoint, Guard, Key
from edge.intake import Accepted
from edge.principals import Principal
from edge.problems import MEDIA_TYPE, Problem
from infra import clock
from infra.blobs import space_of

SENDER = Principal("webhook", frozenset(), 0.0)
"""Stands for who signs a body in place of bearing a token."""


def mount(app: FastAPI, edge: Edge, endpoint: Endpoint) -> None:
    """As a plain route: FastAPI's own resolving of parameters would cost a tenth of a request and find none."""
    kind = _upload if endpoint.takes else _file if endpoint.gives else _command if endpoint.writes else _query
    serve = kind(edge, endpoint)
    route = Route(endpoint.path, serve, methods=[endpoint.method], name=endpoint.operation_id)
    app.router.routes.append(route)


def _command(edge: Edge, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    limit = edge.config.import_limit if endpoint.consumes == CSV else edge.config.body_limit

    async def serve(request: Request) -> Response:
        context = context_of(request.scope)
        context.route = endpoint.path
        principal = _admit(edge, endpoint, request, context)
        bodies.acceptable(request, JSON)
        header = request.headers.get("idempotency-key")
        written = "" if endpoint.key is Key.NONE else idempotency.written(header, required=endpoint.key is Key.REQUIRED)
        raw = await bodies.read(request, limit, edge.config.body_seconds)
        value, body = _parse(endpoint, request, raw, context)
        if endpoint.body_key:
            written = str(getattr(body, endpoint.body_key))
        call = Call(
            edge, principal, request.path_params, body, _parameters(endpoint, request, context), written, clock.utcnow(),
            request.headers, raw,
        )  # fmt: skip
        return await _accept(endpoint, request, context, call, value)

    return serve


def _upload(edge: Edge, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """As a command, whose body goes to blob storage: everything that can be refused before is."""

    async def serve(request: Request) -> Response:
        context = context_of(request.scope)
        context.route = endpoint.path
        principal = _admit(edge, endpoint, request, context)
        bodies.acceptable(request, JSON)
        written = idempotency.written(request.headers.get("idempotency-key"), required=endpoint.key is Key.REQUIRED)
        parameters = _parameters(endpoint, request, context)
        edge.must_have_room()
        file = await edge.uploads.receive(request, space_of(principal.subject), endpoint.takes)
        call = Call(
            edge, principal, request.path_params, file, parameters, written, clock.utcnow(), request.headers, b""
        )  # fmt: skip
        said = {"sha256": file.blob.sha256, "query": dict(request.query_params)}
        return await _accept(endpoint, request, context, call, said)

    return serve


async def _accept(endpoint: Endpoint, request: Request, context: Context, call: Call[Any], said: Any) -> Response:
    """`said` is what a second request under the same idempotency key must say as well."""
    try:
        intent: Intent = await endpoint.handler(call)
    except ValidationError as error:
        raise mistakes.problem(error, context.language) from None
    key = None
    if call.key:
        route = f"{endpoint.method} {endpoint.path}"
        same = idempotency.fingerprint(request.url.path, said)
        key = idempotency.Key(call.principal.subject, route, call.key, same)
    accepted = await call.edge.accept(intent, call.principal, key, context.trace.traceparent)
    return await _answer(call.edge, request, context, accepted, intent)


async def _answer(edge: Edge, request: Request, context: Context, accepted: Accepted, intent: Intent) -> Response:
    operation = accepted.operation
    context.operation_id = operation.operation_id
    headers = {"Location": views.address(operation.operation_id)}
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    seconds = preferences.wait(request.headers.get("prefer", ""))
    if seconds:
        headers["Preference-Applied"] = f"wait={seconds}"
        outcome = await edge.outcome(operation, seconds, intent)
        if outcome is not None and outcome.status == "succeeded":
            return Response(orjson.dumps(views.succeeded(outcome)), 200, headers, JSON)
        if outcome is not None:
            refusal = views.refusal(outcome)
            # Here `status` is the operation's: the number stands in the status line already.
            document = refusal.document(context.language, request.url.path) | {"status": "failed"}
            return Response(orjson.dumps(document), refusal.status, headers, MEDIA_TYPE)
    return Response(orjson.dumps(views.accepted(operation)), 202, headers, JSON)


def _query(edge: Edge, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        context = context_of(request.scope)
        context.route = endpoint.path
        principal = _admit(edge, endpoint, request, context)
        bodies.acceptable(request, JSON)
        parameters = _parameters(endpoint, request, context)
        call = Call(
            edge, principal, request.path_params, None, parameters, "", clock.utcnow(), request.headers, b""
        )  # fmt: skip
        try:
            answer: bytes = await endpoint.handler(call)
        except ValidationError as error:
            raise mistakes.problem(error, context.language) from None
        return conditional.answer(request, answer)

    return serve


def _file(edge: Edge, endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def serve(request: Request) -> Response:
        context = context_of(request.scope)
        context.route = endpoint.path
        principal = _admit(edge, endpoint, request, context)
        parameters = _parameters(endpoint, request, context)
        call = Call(
            edge, principal, request.path_params, None, parameters, "", clock.utcnow(), request.headers, b""
        )  # fmt: skip
        return await files.give(request, edge.uploads.blobs, await endpoint.handler(call))

    return serve


def _admit(edge: Edge, endpoint: Endpoint, request: Request, context: Context) -> Principal:
    if endpoint.guard is Guard.SIGNED:
        return SENDER
    principal = edge.authenticate(request, context)
    if endpoint.guard is not Guard.ANYONE_KNOWN:
        principal.must_be(endpoint.guard.value)
    return principal


def _parse(endpoint: Endpoint, request: Request, raw: bytes, context: Context) -> tuple[Any, Any]:
    """The plain value, of which the fingerprint is taken, and the model."""
    if endpoint.as_sent:
        bodies.must_be(request, endpoint.consumes, charsets=None)
        return [request.url.query, hashlib.sha256(raw).hexdigest()], raw
    if endpoint.consumes == CSV:
        bodies.must_be(request, CSV)
        text = _text(raw)
        return text, text
    if not raw and not endpoint.body_required:
        return None, endpoint.body() if endpoint.body else None
    bodies.must_be(request, JSON)
    value = strict_json.read(raw)
    if endpoint.body is None:
        return value, None
    try:
        return value, endpoint.body.model_validate_json(raw)
    except ValidationError as error:
        raise mistakes.problem(error, context.language) from None


def _text(raw: bytes) -> str:
    """Raises Problem 400 for what is not UTF-8, and for a NUL, which no text contains."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("malformed-request", "The body is not UTF-8.") from None
    if "\0" in text:
        raise Problem("malformed-request", "The body contains a NUL.")
    return text


def _parameters(endpoint: Endpoint, request: Request, context: Context) -> Any:
    written = request.query_params
    if not written and endpoint.query is Empty:
        return None
    try:
        return endpoint.query.model_validate(_single(written.multi_items()))
    except ValidationError as error:
        raise mistakes.problem(error, context.language) from None


def _single(items: list[tuple[str, str]]) -> dict[str, str]:
    """Raises Problem 422 for a parameter that occurs twice: nobody should have to guess which one counts."""
    found = dict(items)
    if len(found) != len(items):
        raise Problem("invalid-request", errors=[("query", "a parameter occurs twice")])
    return found
