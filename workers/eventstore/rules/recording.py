"""A copy of what every domain sends, each event once and in the order in which it came."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.record import MessagesSent, Record
from infra.decision import Outcomes, Rows
from workers.eventstore.rules.state import Entry, Trace, known_of, log_of


def record(message: MessagesSent, rows: Rows, now: datetime) -> Outcomes:
    """What stands here already is left as it is: a copy of what was appended, or what was sent once more."""
    known = known_of(rows, (one.id for one in message.items))
    fresh = {one.id: one for one in message.items if one.id not in known}
    before = log_of(rows)
    position = before.position
    for one in fresh.values():
        if one.kind == "event" and one.data is not None:
            position += 1
            yield entry_of(one, position, now)
        else:
            yield trace_of(one)
    if position > before.position:
        yield replace(before, position=position)


def entry_of(one: Record, position: int, now: datetime) -> Entry:
    stream = f"{one.aggregate}:{one.subject}" if one.aggregate else None
    return Entry(
        position, one.id, one.type, one.source, one.subject, stream, one.sequence if stream else None,
        one.time, now, one.correlation, one.causation, one.data or {},
    )  # fmt: skip


def trace_of(one: Record) -> Trace:
    return Trace(
        one.id, one.kind, one.type, one.subject, one.source, one.time, one.correlation, one.causation, one.actor, one.traceparent
    )
