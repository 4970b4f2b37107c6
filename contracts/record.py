"""What has left a domain, told to the event store by the kernel: one message for each committed bundle."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import LARGEST, Event

MOST = 500


class Record(BaseModel):
    """One message as it was sent. Only an event has its data here; of a command, a job and a timer that rang it is
    known that they were.

    `aggregate` and `sequence` are the owner's history and its number in it. `operation` is the command that began the
    operation, whose id is `correlation`. `actor`, the edge's signed statement of who asked, and `traceparent` stand
    where the operation begins, which is where `causation` is missing.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: Literal["event", "command", "job", "timer"]
    type: str
    subject: str
    source: str
    time: datetime
    correlation: UUID
    causation: UUID | None = None
    operation: str = ""
    aggregate: str = ""
    sequence: int | None = None
    actor: str = ""
    traceparent: str = ""
    data: dict[str, Any] | None = None


class MessagesSent(Event):
    """At most 500 messages and about 64 KiB of one bundle; a lone event near its own limit makes a larger one."""

    topic, about = "record.messages-sent.v1", "bundle"
    kept = "nothing"
    largest = LARGEST + 16 * 1024
    patience = 0.25
    bundle: str
    items: tuple[Record, ...] = Field(max_length=MOST)
