"""What the event store answers: histories, also as they were, and how an operation went."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.eventstore import (
    FindOperations,
    GetTimeline,
    Hop,
    ReadStream,
    StoredEvent,
    StreamPage,
    Timeline,
    TracedOperations,
)
from contracts.message import Event, Refusal, catalogue, domain_of
from storage import eventstore as tables

_event, _trace = tables.event, tables.trace
_stream: sa.BindParameter[str] = sa.bindparam("stream", type_=sa.Text)
_at: sa.BindParameter[Any] = sa.bindparam("at", type_=sa.TIMESTAMP(timezone=True))
_version: sa.BindParameter[int] = sa.bindparam("version", type_=sa.BigInteger)
_cursor: sa.BindParameter[int] = sa.bindparam("cursor", type_=sa.BigInteger)
_limit: sa.BindParameter[int] = sa.bindparam("limit", type_=sa.Integer)
_trace_id: sa.BindParameter[str] = sa.bindparam("trace_id", type_=sa.Text)
_operation: sa.BindParameter[Any] = sa.bindparam("operation", type_=_event.c.correlation.type)

_OF_STREAM = (_event.c.stream == _stream, _event.c.version.is_not(None))
_THEN = (sa.or_(_at.is_(None), _event.c.time <= _at), sa.or_(_version.is_(None), _event.c.version <= _version))
_LAST = sa.select(sa.func.max(_event.c.version)).where(*_OF_STREAM, *_THEN).scalar_subquery()
_PAGE = (
    sa.select(*tables.STORED, _LAST.label("last"))
    .where(*_OF_STREAM, *_THEN, _event.c.version > _cursor)
    .order_by(_event.c.version)
    .limit(_limit)
)
_FIRST = sa.select(_event.c.data).where(*_OF_STREAM).order_by(_event.c.version).limit(1)
OWNERS = ("customer_id", "user_id", "owner_id")
"""Fields of a history's first event that name whose it is."""

_EVENT_HOPS = sa.select(
    _event.c.event_id.label("id"), sa.literal_column("'event'").label("kind"), _event.c.type, _event.c.subject,
    _event.c.source, _event.c.time, _event.c.causation, _event.c.version,
).where(_event.c.correlation == _operation)  # fmt: skip
_TRACE_HOPS = sa.select(
    _trace.c.id, _trace.c.kind, _trace.c.type, _trace.c.subject, _trace.c.source, _trace.c.time, _trace.c.causation,
    sa.null().cast(sa.BigInteger).label("version"),
).where(_trace.c.correlation == _operation)  # fmt: skip
_hops = sa.union_all(_EVENT_HOPS, _TRACE_HOPS).subquery("hop")
_HOPS = sa.select(_hops).order_by(_hops.c.time, _hops.c.id).limit(_limit)
_BEGUN = (
    sa.select(sa.func.coalesce(sa.func.max(_trace.c.traceparent), ""))
    .where(_trace.c.correlation == _operation, _trace.c.causation.is_(None))
)  # fmt: skip
_TRACED = (
    sa.select(_trace.c.correlation)
    .where(_trace.c.traceparent != "", sa.func.substr(_trace.c.traceparent, 4, 32) == _trace_id)
    .group_by(_trace.c.correlation)
    .order_by(sa.func.min(_trace.c.time), _trace.c.correlation)
    .limit(_limit)
)


async def stream(query: ReadStream, read: AsyncConnection) -> StreamPage | None:
    """As of a time: what had happened by then, by the time of the event and not of its recording."""
    values = {"stream": query.stream, "at": query.at, "version": query.version, "cursor": query.cursor}
    rows = (await read.execute(_PAGE, values | {"limit": query.limit + 1})).all()
    if not rows:
        return None
    first = (await read.execute(_FIRST, {"stream": query.stream})).scalar_one()
    page = rows[: query.limit]
    return StreamPage(
        stream=query.stream,
        version=rows[0].last,
        owners=tuple(str(first[name]) for name in OWNERS if first.get(name)),
        items=tuple(StoredEvent.model_validate(row._mapping, from_attributes=False) for row in page),
        next_cursor=page[-1].version if len(rows) > query.limit else None,
    )


async def timeline(query: GetTimeline, read: AsyncConnection) -> Timeline:
    rows = (await read.execute(_HOPS, {"operation": query.operation_id, "limit": query.limit + 1})).all()
    shown = rows[: query.limit]
    known = {row.id for row in shown}
    first: dict[Any, Any] = {}
    for row in shown:
        if row.causation in known:
            first[row.causation] = min(first.get(row.causation, row.time), row.time)
    begun = (await read.execute(_BEGUN, {"operation": query.operation_id})).scalar_one()
    return Timeline(
        operation_id=str(query.operation_id),
        items=tuple(_hop(row, first.get(row.id), row.causation in known) for row in shown),
        complete=len(rows) == len(shown),
        traceparent=begun,
    )


async def traced(query: FindOperations, read: AsyncConnection) -> TracedOperations:
    found = await read.execute(_TRACED, {"trace_id": query.trace_id, "limit": query.limit})
    return TracedOperations(trace_id=query.trace_id, operation_ids=tuple(found.scalars()))


def _hop(row: sa.Row[Any], answered: Any, connected: bool) -> Hop:
    kind = catalogue().get(row.type)
    told = row.kind == "event" or (kind is not None and issubclass(kind, Event))
    return Hop(
        id=row.id,
        kind="refusal" if kind is not None and issubclass(kind, Refusal) else "event" if told else row.kind,
        type=row.type,
        subject=row.subject,
        source=row.source,
        handler="" if told else domain_of(row.type),
        time=row.time,
        causation=row.causation if connected else None,
        took_ms=max(0, round((answered - row.time).total_seconds() * 1000)) if answered is not None else None,
        version=row.version,
    )
