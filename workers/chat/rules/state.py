"""The rows of chat. Their fields are the columns of `storage/chat.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from contracts.chat import CardStatus, MessageKind
from infra.decision import Row

NAMESPACE = UUID("c5a4bd0e-8f0b-5a52-8a53-41f5f8fb0a6d")


def message_of(reservation_id: str, kind: MessageKind) -> str:
    """The id of the one message of this kind about an invitation: the seal can't be posted twice (S1-68)."""
    return str(uuid5(NAMESPACE, f"{kind}/{reservation_id}"))


@dataclass(frozen=True, slots=True)
class Room(Row):
    """Of a cast and a guest. `last` is the number of its newest message."""

    room_id: str
    cast_id: str
    guest_id: str
    last: int
    opened_at: datetime
    updated_at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Invitation(Row):
    """`asked → refused`, or a copy of the reservation as booking last told it; `version` is booking's, 0 before."""

    reservation_id: str
    cast_id: str
    guest_id: str
    status: CardStatus | Literal["asked", "refused"]
    reason: str
    plan: dict[str, Any]
    starts_at: datetime | None
    ends_at: datetime | None
    expires_at: datetime | None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Message(Row):
    """Never changed. `text` is sealed, and empty where there is none."""

    message_id: str
    room_id: str
    number: int
    kind: MessageKind
    sender_id: str
    reservation_id: str | None
    text: dict[str, Any]
    at: datetime
