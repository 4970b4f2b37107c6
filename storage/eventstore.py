"""The tables of the event store. What is written into `event` and `trace` stays: the role may neither update nor delete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID, aggregate_order_by

metadata = sa.MetaData()

event = sa.Table(
    "event",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("event_id", UUID, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=True),
    sa.Column("version", sa.BigInteger, nullable=True),
    sa.Column("time", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("correlation", UUID, nullable=False),
    sa.Column("causation", UUID, nullable=True),
    sa.Column("data", JSONB, nullable=False),
    sa.UniqueConstraint("event_id", name="event_comes_once"),
    sa.UniqueConstraint("stream", "version", name="event_has_its_own_version"),
    sa.CheckConstraint("position >= 1 AND (version IS NULL OR version >= 1)", name="event_is_counted_from_one"),
    sa.CheckConstraint("version IS NULL OR stream IS NOT NULL", name="event_version_belongs_to_a_stream"),
    sa.Index("event_correlation", "correlation"),
    sa.Index("event_type", "type", "position"),
)

trace = sa.Table(
    "trace",
    metadata,
    sa.Column("id", UUID, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("time", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("correlation", UUID, nullable=False),
    sa.Column("causation", UUID, nullable=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("traceparent", sa.Text, nullable=False),
    sa.CheckConstraint("kind IN ('event', 'command', 'job', 'timer')", name="trace_kind_is_known"),
    sa.Index("trace_correlation", "correlation"),
    sa.Index("trace_begun", sa.text("substr(traceparent, 4, 32)"), postgresql_where=sa.text("traceparent <> ''")),
)

log = sa.Table(
    "log",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.CheckConstraint("position >= 0", name="log_is_counted_from_zero"),
)

stream = sa.Table(
    "stream",
    metadata,
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.CheckConstraint("version >= 1", name="stream_is_counted_from_one"),
)

append = sa.Table(
    "append",
    metadata,
    sa.Column("append_id", sa.Text, primary_key=True),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("event_ids", JSONB, nullable=False),
    sa.Column("correlation", UUID, nullable=False),
    sa.Column("causation", UUID, nullable=False),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
)

STORED = [event.c[name] for name in (
    "position", "event_id", "type", "source", "subject", "stream", "version", "time", "correlation", "causation", "data",
)]  # fmt: skip


def known(wanted: sa.ColumnElement[str]) -> sa.Select[Any]:
    """The key is a JSON array of message ids; `ids` are those of them that stand here already."""
    asked = sa.func.array(
        sa.select(sa.cast(sa.func.jsonb_array_elements_text(sa.cast(wanted, JSONB)), UUID)).scalar_subquery(), type_=ARRAY(UUID)
    )
    found = sa.union_all(
        sa.select(event.c.event_id.label("id")).where(event.c.event_id == sa.any_(asked)),
        sa.select(trace.c.id).where(trace.c.id == sa.any_(asked)),
    ).subquery("found")
    return sa.select(wanted.label("asked"), _array(found.c.id, []).label("ids"))


def newer(wanted: sa.ColumnElement[str]) -> sa.Select[Any]:
    """The key is a JSON array of a stream and a version; `events` are the next hundred after it."""
    asked = sa.cast(wanted, JSONB)
    after = sa.cast(asked[1].astext, sa.BigInteger)
    page = (
        sa.select(*STORED)
        .where(event.c.stream == asked[0].astext, event.c.version > after)
        .order_by(event.c.version)
        .limit(100)
        .subquery("page")
    )
    return sa.select(wanted.label("asked"), _array(_object(page.c), [page.c.version]).label("events"))


def following(wanted: sa.ColumnElement[str]) -> sa.Select[Any]:
    """The key is a JSON array of types, position and limit; `events` are the next ones of these types, in their order."""
    asked = sa.cast(wanted, JSONB)
    after, limit = sa.cast(asked[1].astext, sa.BigInteger), sa.cast(asked[2].astext, sa.BigInteger)
    one = sa.func.jsonb_array_elements_text(asked[0]).table_valued("type", name="one").render_derived()
    # Each type by its own index: a rare type must not be looked for among all the others.
    each = (
        sa.select(*STORED)
        .where(event.c.type == one.c.type, event.c.position > after)
        .order_by(event.c.position)
        .limit(limit)
        .lateral("each_type")
    )
    page = sa.select(each).select_from(one.join(each, sa.true())).order_by(each.c.position).limit(limit).subquery("page")
    return sa.select(wanted.label("asked"), _array(_object(page.c), [page.c.position]).label("events"))


def _object(columns: Iterable[sa.ColumnElement[Any]]) -> sa.ColumnElement[Any]:
    pairs = [part for column in columns for part in (sa.literal_column(f"'{column.key}'"), column)]
    return sa.func.jsonb_build_object(*pairs)


def _array(element: sa.ColumnElement[Any], order: list[Any]) -> sa.ColumnElement[Any]:
    ordered = aggregate_order_by(element, *order) if order else element
    found = sa.select(sa.func.jsonb_agg(ordered)).scalar_subquery()
    return sa.func.coalesce(found, sa.literal_column("'[]'::jsonb"), type_=JSONB)
