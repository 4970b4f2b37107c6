"""A message on its way into a lane, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from faststream.rabbit.message import RabbitMessage

from infra import ids
from infra import letter as letters
from infra.clock import utcnow
from infra.envelope import Envelope
from infra.errors import InvalidMessage
from infra.group import Group
from infra.parked import Return
from infra.settings import settings
from infra.timers import Ring

Origin = Literal["queue", "timer", "parked"]

REPLY_TO = "reply-to"
"""Header of a parked message: who waits for its answer still."""


@dataclass(slots=True)
class Incoming:
    """`fate` is filled by the transaction: settled, parked, a duplicate, or refused with a reason."""

    envelope: Envelope
    headers: dict[str, Any]
    body: str
    digest: bytes
    origin: Origin = "queue"
    reply_to: str = ""
    delivery: RabbitMessage | None = field(default=None, repr=False)
    alone: bool = False
    answer: str | None = None
    refused: str = ""

    @property
    def id(self) -> UUID:
        return self.envelope.id


def from_queue(group: Group, delivery: RabbitMessage) -> Incoming:
    """Raises InvalidMessage for what this group cannot read: that message goes to the broker's dead letters."""
    raw = delivery.raw_message
    kind = group.kind(raw.type or "")
    if kind is None:
        raise InvalidMessage("unknown-type", str(raw.type)[:100])
    try:
        identity = UUID(raw.message_id or "")
    except ValueError:
        raise InvalidMessage("invalid-id") from None
    ids.check_window(identity, utcnow(), timedelta(days=settings().retention_days))
    headers: dict[str, Any] = dict(raw.headers)
    if raw.correlation_id:
        headers["correlation"] = raw.correlation_id
    if raw.reply_to:
        headers[REPLY_TO] = raw.reply_to
    try:
        body = raw.body.decode()
    except UnicodeDecodeError:
        raise InvalidMessage("unreadable", "not UTF-8") from None
    envelope = letters.read(identity, kind, headers, body)
    again = headers.get("x-delivery-count", 0)
    return Incoming(
        envelope,
        headers,
        body,
        letters.digest(kind.topic, raw.body),
        reply_to=raw.reply_to or "",
        delivery=delivery,
        # Whoever was there when the process died twice runs alone, so that a killer names itself.
        alone=isinstance(again, int) and again >= 2,
    )


def from_timer(group: Group, ring: Ring) -> Incoming:
    return _stored(group, ring.id, ring.topic, ring.headers, ring.body, "timer", 0)


def from_parking(group: Group, back: Return) -> Incoming:
    return _stored(group, back.id, back.topic, back.headers, back.body, "parked", back.attempts)


def _stored(
    group: Group, identity: UUID, topic: str, headers: dict[str, Any], body: str, origin: Origin, attempt: int
) -> Incoming:
    kind = group.kind(topic)
    if kind is None:
        raise InvalidMessage("unknown-type", topic)
    envelope = letters.read(identity, kind, headers, body, attempt)
    reply_to = str(headers.get(REPLY_TO, ""))
    return Incoming(envelope, headers, body, letters.digest(topic, body), origin=origin, reply_to=reply_to)
