"""The envelope: what travels beside a message, in AMQP properties and headers (CloudEvents names where one exists)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.message import Event, Job, Message, Query
from infra import ids
from infra.clock import utcnow


@dataclass(frozen=True, slots=True)
class Envelope:
    """`operation` is the topic of the command that began an HTTP operation, whose id is the correlation id.

    `actor` is the edge's signed statement of who asked; `sequence` the aggregate's version; `attempt` counts how
    often a message was parked before.
    """

    id: UUID
    message: Message
    correlation: UUID
    causation: UUID | None = None
    source: str = ""
    time: datetime | None = None
    operation: str = ""
    actor: str = ""
    traceparent: str = ""
    sequence: int | None = None
    deadline: datetime | None = None
    due: datetime | None = None
    attempt: int = 0
    root: UUID | None = None

    @classmethod
    def fresh(cls, message: Message, source: str, **more: Any) -> Envelope:
        """A root: nothing caused it but somebody outside."""
        identity = ids.root()
        return cls(identity, message, more.pop("correlation", identity), source=source, time=utcnow(), **more)

    def causes(self, message: Message, group: str, handler: str, ordinal: int, now: datetime) -> Envelope:
        """The ordinal-th message that this one causes; the same each time it is decided."""
        return Envelope(
            ids.derived(self.id, group, handler, message.topic, ordinal),
            message,
            self.correlation,
            self.id,
            group,
            now,
            self.operation,
            self.actor,
            self.traceparent,
        )

    def names(self, what: str, ordinal: int, at: datetime) -> UUID:
        """An id for something that is no message of ours."""
        return ids.derived(self.id, self.source, "names", what, ordinal, at)

    def rings(self, message: Message, group: str, handler: str, ordinal: int, due: datetime) -> Envelope:
        """The timer that this message starts."""
        identity = ids.derived(self.id, group, handler, message.topic, ordinal, due)
        return replace(self.causes(message, group, handler, ordinal, due), id=identity, due=due)

    @property
    def cause(self) -> str:
        """On whose behalf this is, as a row remembers it."""
        return f"{self.correlation} {self.operation}"

    def because(self, cause: str) -> Envelope:
        """This message as if it belonged to that operation; nobody has signed it for that one."""
        correlation, _, operation = cause.partition(" ")
        return replace(self, correlation=UUID(correlation), operation=operation, actor="")

    def headers(self) -> dict[str, str | int]:
        """What AMQP has no property for; empty values are left out."""
        message = self.message
        found: dict[str, str | int | None] = {
            "subject": message.subject,
            "partition-key": message.partition_key,
            "aggregatetype": message.aggregate if isinstance(message, Event) else None,
            "sequence": self.sequence,
            "causation": str(self.causation) if self.causation else None,
            "operation": self.operation,
            "actor": self.actor,
            "traceparent": self.traceparent,
            "deadline": self.deadline.isoformat() if self.deadline else None,
        }
        return {name: value for name, value in found.items() if value not in (None, "")}


def exchange_of(message: type[Message]) -> str:
    """Commands have one owner, events anybody who listens, jobs the job workers of their domain."""
    if issubclass(message, Event):
        return "events"
    if issubclass(message, Query):
        return "queries"
    return "jobs" if issubclass(message, Job) else "commands"
