"""Traces of operations, put together of what the event store and the audit have recorded of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from contracts.eventstore import GetTimeline, Timeline
from contracts.message import Query
from edge import otlp
from edge.audit import Line
from edge.spans import Span, spans
from edge.tables import audit
from edge.tracing import sampled, span_of
from infra.database import Pool

MOST_HOPS = 1_000
COLUMNS = ", ".join(column.name for column in audit.columns)
CALL = f"SELECT {COLUMNS} FROM audit WHERE operation_id = $1 AND span_id = $2 LIMIT 1"

Ask = Callable[[Query], Awaitable[bytes | None]]
"""A question to a domain; None when there is no such thing."""


class Trace(NamedTuple):
    """`complete` is false when more is recorded; `sampled` is what the caller wished."""

    spans: list[Span]
    complete: bool
    sampled: bool


async def of(operation: UUID, ask: Ask, pool: Pool, limit: int = MOST_HOPS) -> Trace:
    """As much as is recorded by now, out of at most so many messages."""
    found = Timeline.model_validate_json(await ask(GetTimeline(operation_id=operation, limit=limit)) or b"")
    record = await pool.fetchrow(CALL, operation, span_of(found.traceparent))
    # The request that began it is noted when it has been answered, and written within a second.
    return Trace(spans(found, Line(*record) if record else None), found.complete, sampled(found.traceparent))


async def document(operations: Sequence[UUID], ask: Ask, pool: Pool) -> bytes:
    """OTLP/JSON of these operations of one trace, with an equal share of 1,000 messages for each."""
    found = [await of(one, ask, pool, max(1, MOST_HOPS // len(operations))) for one in operations]
    return otlp.written((span for one in found for span in one.spans), all(one.complete for one in found))
