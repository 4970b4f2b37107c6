"""Appending for owners that keep nothing but their events: all or none, at the version that the owner has seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.eventstore import AppendConflicted, AppendEvents, AppendRefused, EventsAppended, StoredEvent
from contracts.message import domain_of
from infra.decision import Outcomes, RowsAndCause
from workers.eventstore.rules.pages import page
from workers.eventstore.rules.state import Append, Entry, Stream, log_of, newer_of


def append(command: AppendEvents, rows: RowsAndCause, now: datetime) -> Outcomes:
    """Asked again under the same id, it is answered again and nothing is added, whatever was appended since."""
    owner = rows.cause.source
    before = rows.get(Append, command.append_id)
    head = rows.get(Stream, command.stream)
    if not _may(owner, command, head, rows):
        yield AppendRefused(append_id=command.append_id, stream=command.stream, owner=owner, reason="not_the_owner")
        return
    current = head.version if head else 0
    if before is not None:
        yield _appended(command, before, owner, current)
    elif command.expected_version != current:
        newer = newer_of(rows, command.stream, command.expected_version)
        yield AppendConflicted(
            append_id=command.append_id, stream=command.stream, owner=owner, expected_version=command.expected_version,
            current_version=current, newer=page(newer), context=command.context,
        )  # fmt: skip
    elif not command.events:
        yield EventsAppended(
            append_id=command.append_id, stream=command.stream, owner=owner, version=current, events=(), context=command.context
        )
    else:
        yield from _write(command, head, owner, rows, now)


def _may(owner: str, command: AppendEvents, head: Stream | None, rows: RowsAndCause) -> bool:
    # A history that its owner numbers itself is a copy here, and nobody appends to a copy.
    mine = head.owner == owner if head is not None else not newer_of(rows, command.stream, 0)
    return mine and all(domain_of(one.type) == owner for one in command.events)


def _write(command: AppendEvents, head: Stream | None, owner: str, rows: RowsAndCause, now: datetime) -> Outcomes:
    log, cause = log_of(rows), rows.cause
    ids = [str(cause.names("event", n, now)) for n in range(len(command.events))]
    version = head.version if head else 0
    done = Append(command.append_id, command.stream, version, log.position, ids, cause.correlation, cause.id, now)
    for one in _placed(command, done, owner):
        yield Entry(
            one.position, one.event_id, one.type, owner, one.subject, one.stream, one.version,
            now, now, one.correlation, one.causation, one.data,
        )  # fmt: skip
    yield done
    yield Stream(command.stream, owner, version + len(ids))
    yield replace(log, position=log.position + len(ids))
    yield _appended(command, done, owner, version + len(ids))


def _appended(command: AppendEvents, done: Append, owner: str, current: int) -> EventsAppended:
    return EventsAppended(
        append_id=command.append_id, stream=done.stream, owner=owner, version=current,
        events=tuple(_placed(command, done, owner)), context=command.context,
    )  # fmt: skip


def _placed(command: AppendEvents, done: Append, owner: str) -> Iterator[StoredEvent]:
    subject = done.stream.partition(":")[2]
    for n, (one, identity) in enumerate(zip(command.events, done.event_ids, strict=False), 1):
        yield StoredEvent(
            position=done.position + n, event_id=UUID(identity), type=one.type, source=owner, subject=subject,
            stream=done.stream, version=done.version + n, time=done.at, correlation=done.correlation,
            causation=done.causation, data=one.data,
        )  # fmt: skip
