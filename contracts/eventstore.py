"""The published language of the event store: histories that are appended to, read again and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from contracts.message import LARGEST, Answer, Command, Event, Id, Query, Refusal

Stream: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}:[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$")]
"""`<aggregate>:<id>`, such as `media:0199…`: the history of one thing."""

EventType: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z0-9-]+\.v[0-9]+$", max_length=100)]

MOST_EVENTS = 100
PAGE_BYTES = LARGEST
ANSWER = 2 * LARGEST
"""Bytes: an answer says again what was appended, with the ids, versions and times that it got."""


class NewEvent(BaseModel):
    """An event that its owner decided; `data` is the event itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: EventType
    data: dict[str, Any]


class StoredEvent(BaseModel):
    """An event in its place (S2-31). `position` counts all events of all domains without a gap; `version` counts those
    of the stream and is missing where the owner does not number. `data` is the event as it was sent, seals included."""

    model_config = ConfigDict(frozen=True)

    position: int
    event_id: UUID
    type: str
    source: str
    subject: str
    stream: str | None = None
    version: int | None = None
    time: datetime
    correlation: UUID
    causation: UUID | None = None
    data: dict[str, Any]


class EventsAppended(Event):
    """The events stand, with these ids and versions; `version` is that of the stream now. `context` comes back."""

    topic, about = "eventstore.events-appended.v1", "stream"
    kept = "trace"
    largest = ANSWER
    append_id: str
    stream: str
    owner: str
    version: int
    events: tuple[StoredEvent, ...]
    context: dict[str, Any] = Field(default_factory=dict)


class AppendConflicted(Event):
    """Nothing was appended: the stream is at `current_version`. `newer` are the events after the expected version, the
    first of them if they are many: ask again without events, expecting the last version that is known, for the rest."""

    topic, about = "eventstore.append-conflicted.v1", "stream"
    kept = "trace"
    largest = ANSWER
    append_id: str
    stream: str
    owner: str
    expected_version: int
    current_version: int
    newer: tuple[StoredEvent, ...]
    context: dict[str, Any] = Field(default_factory=dict)


class AppendRefused(Refusal):
    """`not_the_owner`: another domain keeps this stream here, or it is a copy of a history that is numbered elsewhere."""

    topic, about = "eventstore.append-refused.v1", "stream"
    append_id: str
    stream: str
    owner: str
    reason: Literal["not_the_owner"]


class AppendEvents(Command):
    """Append these events if the stream is at `expected_version` (0: it does not exist yet), all or none.

    `append_id` is the idempotency key. Without events it reads: the answer is a conflict with what is newer, or that
    there is nothing newer. `context` is for the owner, who decides without a state of his own, and is kept nowhere.
    """

    topic, about = "eventstore.append-events.v1", "stream"
    succeeds, fails = (EventsAppended,), (AppendRefused,)
    append_id: Id
    stream: Stream
    expected_version: int = Field(ge=0, strict=True)
    events: tuple[NewEvent, ...] = Field(default=(), max_length=MOST_EVENTS)
    context: dict[str, Any] = Field(default_factory=dict)


class EventsReplayed(Event):
    """A page of what was asked for. `next_position` is where to go on; `last`: nothing further stood there then."""

    topic, about = "eventstore.events-replayed.v1", "replay_id"
    kept = "nothing"
    largest = ANSWER
    replay_id: str
    reader: str
    items: tuple[StoredEvent, ...]
    next_position: int
    last: bool


class ReplayEvents(Command):
    """Tell the events of these types that stand after a position, in their order: one page of at most 100 and 64 KiB.

    The reader asks for the next page when it has taken this one, so a replay goes on where it was after any crash.
    """

    topic, about = "eventstore.replay-events.v1", "replay_id"
    kept = "nothing"
    succeeds = (EventsReplayed,)
    replay_id: Id
    types: tuple[EventType, ...] = Field(min_length=1, max_length=50)
    after_position: int = Field(default=0, ge=0, strict=True)
    limit: int = Field(default=100, ge=1, le=100, strict=True)


class StreamPage(Answer):
    """Oldest first. `version` is the last one that the question's moment knows; `owners` may read it."""

    stream: str
    version: int
    owners: tuple[str, ...] = ()
    items: tuple[StoredEvent, ...]
    next_cursor: int | None = None


class ReadStream(Query):
    """A history as it is, as it was at a moment, or up to a version; none when nothing of it was there then (S2-36)."""

    topic, about = "eventstore.read-stream.v1", "stream"
    stream: Stream
    at: AwareDatetime | None = None
    version: int | None = Field(default=None, ge=1)
    cursor: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=200)


class Hop(BaseModel):
    """One message on the way of an operation. `causation` is the hop that led to it, if that is known here.

    `source` sent it; `handler` is the domain that a command, a job or a timer is for. `took_ms`: from its sending until
    whoever took it decided the first thing that came of it.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: Literal["event", "refusal", "command", "job", "timer"]
    type: str
    subject: str
    source: str
    handler: str = ""
    time: datetime
    causation: UUID | None = None
    took_ms: int | None = None
    version: int | None = None


class Timeline(Answer):
    """What is recorded of an operation, oldest first; `complete` is false when there is more than is shown.

    `traceparent` is what the message that began it carried, empty when nobody traced it.
    """

    operation_id: str
    items: tuple[Hop, ...]
    complete: bool = True
    traceparent: str = ""


class GetTimeline(Query):
    topic, about = "eventstore.get-timeline.v1", "operation_id"
    operation_id: UUID
    limit: int = Field(default=1000, ge=1, le=1000)


class TracedOperations(Answer):
    """Oldest first."""

    trace_id: str
    operation_ids: tuple[UUID, ...]


class FindOperations(Query):
    """What began under one trace id, which a caller may use for several requests (S3-85)."""

    topic, about = "eventstore.find-operations.v1", "trace_id"
    trace_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    limit: int = Field(default=10, ge=1, le=100)
