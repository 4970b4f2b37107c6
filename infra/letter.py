"""A message as it is stored and sent: its wire form, ready for the outbox, a timer, a parking place or the broker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from contracts.message import Message
from infra.envelope import Envelope, exchange_of
from infra.errors import InvalidMessage


@dataclass(frozen=True, slots=True)
class Letter:
    id: UUID
    exchange: str
    topic: str
    headers: dict[str, Any]
    body: str


def write(envelope: Envelope) -> Letter:
    """Raises InvalidMessage (`too-large`) for a body over what its type allows, which is 64 KiB for most."""
    message = envelope.message
    body = message.model_dump_json()
    if len(body) > message.largest:
        raise InvalidMessage("too-large", f"{message.topic} of {len(body)} bytes")
    headers: dict[str, Any] = envelope.headers()
    headers["correlation"] = str(envelope.correlation)
    headers["source"] = envelope.source
    if envelope.time:
        headers["time"] = envelope.time.isoformat()
    return Letter(envelope.id, exchange_of(type(message)), message.topic, headers, body)


def read(identity: UUID, kind: type[Message], headers: dict[str, Any], body: str | bytes, attempt: int = 0) -> Envelope:
    """Raises InvalidMessage (`unreadable`) for what does not fit the contract; the text shows fields, never values."""
    if len(body) > kind.largest:
        raise InvalidMessage("too-large", f"{kind.topic} of {len(body)} bytes")
    try:
        message = kind.model_validate_json(body)
        deadline, sent = headers.get("deadline"), headers.get("time")
        return Envelope(
            identity,
            message,
            UUID(headers["correlation"]) if headers.get("correlation") else identity,
            UUID(headers["causation"]) if headers.get("causation") else None,
            source=str(headers.get("source", "")),
            time=_moment(sent) if sent else None,
            operation=str(headers.get("operation", "")),
            actor=str(headers.get("actor", "")),
            traceparent=str(headers.get("traceparent", "")),
            sequence=headers.get("sequence"),
            deadline=_moment(deadline) if deadline else None,
            attempt=attempt,
        )
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, one["loc"])) or "body" for one in error.errors(include_input=False)[:5])
        raise InvalidMessage("unreadable", f"{kind.topic}: {fields}") from None
    except (ValueError, TypeError) as error:
        raise InvalidMessage("unreadable", f"{kind.topic}: {type(error).__name__} in a header") from None


def _moment(text: str) -> datetime:
    """Raises ValueError for a time without a zone, which could be compared with nothing."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment


def digest(topic: str, body: str | bytes) -> bytes:
    """Tells two messages of one id apart."""
    data = body.encode() if isinstance(body, str) else body
    return hashlib.sha256(topic.encode() + b"\0" + data).digest()[:16]
