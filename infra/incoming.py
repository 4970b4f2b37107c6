"""A message on its way into a lane, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from infra import ids
from infra import letter as letters
from infra.clock import utcnow
from infra.delivery import Delivery
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
    delivery: Delivery | None = field(default=None, repr=False)
    alone: bool = False
    answer: str | None = None
    refused: str = ""

    @property
    def id(self) -> UUID:
        return self.envelope.id


def from_queue(group: Group, delivery: Delivery) -> Incoming:
    """Raises InvalidMessage for what this group cannot read: that message goes to the broker's dead letters."""
    kind = group.kind(delivery.kind)
    if kind is None:
        raise InvalidMessage("unknown-type", delivery.kind[:100])
    try:
        identity = UUID(delivery.identity)
    except ValueError:
        raise InvalidMessage("invalid-id") from None
    ids.check_window(identity, utcnow(), timedelta(days=settings().retention_days))
    headers: dict[str, Any] = dict(delivery.headers)
    if delivery.correlation:
        headers["correlation"] = delivery.correlation
    if delivery.reply_to:
        headers[REPLY_TO] = delivery.reply_to
    try:
        body = delivery.body.decode()
    except UnicodeDecodeError:
        raise InvalidMessage("unreadable", "not UTF-8") from None
    envelope = letters.read(identity, kind, headers, body)
    again = headers.get("x-delivery-count", 0)
    return Incoming(
        envelope,
        headers,
        body,
        letters.digest(kind.topic, delivery.body),
        reply_to=delivery.reply_to,
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
