"""Histories, also as they were, and how an operation went."""

from __future__ import annotations

import re
from typing import Annotated

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.eventstore import FindOperations, GetTimeline, ReadStream, StreamPage, Timeline, TracedOperations
from edge import traces
from edge.calls import Call
from edge.endpoints import Routes
from edge.otlp import Traces
from edge.problems import Problem

routes = Routes("events")

TRACE_ID = re.compile(r"^[0-9a-f]{32}$")


class Moment(BaseModel):
    """`at` or `version`, or both: the history as it was then. `cursor` is the version after which to go on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    cursor: Annotated[int, Field(ge=0)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@routes.get("/v1/streams/{aggregate}", StreamPage, query=Moment)
async def stream(call: Call[None]) -> bytes:
    """The history of one thing, such as order:ORDER-123, as it is, at a time or up to a version."""
    try:
        query = ReadStream(stream=call.path["aggregate"], **call.query.model_dump())
    except ValueError:
        # The moment is valid by now, so it is the name: what cannot be one names nothing.
        raise Problem("not-found") from None
    answer = await call.ask(query)
    if not call.principal.admin and call.principal.subject not in orjson.loads(answer)["owners"]:
        raise Problem("not-found")
    return answer


@routes.get("/v1/operations/{operation_id}/timeline", Timeline)
async def timeline(call: Call[None]) -> bytes:
    """The way of an operation: every command, event, job and timer, and what led to it."""
    found = await call.edge.operation(call.path["operation_id"], call.principal)
    return await call.ask(GetTimeline(operation_id=found.operation_id))


@routes.get("/v1/operations/{operation_id}/trace", Traces)
async def operation_trace(call: Call[None]) -> bytes:
    """The spans of an operation as OTLP/JSON, for a tracing system."""
    found = await call.edge.operation(call.path["operation_id"], call.principal)
    return await traces.document([found.operation_id], call.ask, call.edge.pool)


@routes.get("/v1/traces/{trace_id}", Traces)
async def trace(call: Call[None]) -> bytes:
    """The same of everything that the caller may see of a trace, as it came in a `traceparent`; its first ten operations."""
    trace_id = call.path["trace_id"]
    if not TRACE_ID.match(trace_id):
        raise Problem("not-found")
    found = TracedOperations.model_validate_json(await call.ask(FindOperations(trace_id=trace_id)))
    visible = await call.edge.visible(found.operation_ids, call.principal)
    if not visible:
        raise Problem("not-found")
    return await traces.document(visible, call.ask, call.edge.pool)
