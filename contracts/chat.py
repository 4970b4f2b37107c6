"""The published language of chat: rooms of a cast and a guest, messages, invitations (S1-30, S1-31, S1-60 … S1-68)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.booking import HOLD_SECONDS, PlanSnapshot
from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.sealed import Sealed

MessageKind = Literal["text", "invitation", "seal", "closed"]
CardStatus = Literal[
    "open", "confirmed", "expired", "withdrawn", "declined", "cancelled_by_guest", "cancelled_by_cast", "no_show_guest",
    "no_show_cast",
]  # fmt: skip
LONGEST = 1_500
"""Characters of a text; four bytes each and sealed, they fit into `Sealed`."""

_NAMESPACE = UUID("7f0c2f5e-0f5e-5b8f-9d0c-6a2f1f0b7a31")


def room_of(cast_id: str, guest_id: str) -> str:
    """The one room of these two."""
    return str(uuid5(_NAMESPACE, f"{cast_id}/{guest_id}"))


# What happened


class MessagePosted(Event):
    """`number` counts the messages of a room from 1, without a gap. `seal` is the wax seal 封蝋 of a pledge (S1-68);
    `closed` says that an invitation ended otherwise. `text` only chat can read."""

    topic, about, aggregate = "chat.message-posted.v1", "room_id", "room"
    room_id: str
    message_id: str
    number: int
    kind: MessageKind
    sender_id: str
    cast_id: str
    guest_id: str
    reservation_id: str = ""
    text: Sealed | None = None
    at: datetime


class MessageRefused(Refusal):
    """There is no such room, or the sender is no member of it."""

    topic, about = "chat.message-refused.v1", "room_id"
    room_id: str
    reason: Literal["unknown_room"]


class InvitationSent(Event):
    """The slot is held and the card lies in the room (S1-62 … S1-64)."""

    topic, about, key = "chat.invitation-sent.v1", "reservation_id", "cast_id"
    reservation_id: str
    room_id: str
    message_id: str
    cast_id: str
    guest_id: str
    plan: PlanSnapshot | None
    starts_at: datetime
    expires_at: datetime


class InvitationRefused(Refusal):
    """There is no card without a hold; the reasons are booking's, or `booking_timeout`."""

    topic, about, key = "chat.invitation-refused.v1", "reservation_id", "cast_id"
    reservation_id: str
    cast_id: str
    reason: str


# What can be asked of chat


class SendInvitation(Command):
    """By a cast (S1-60): booking holds the slot, then the card is posted."""

    topic, about, key = "chat.send-invitation.v1", "reservation_id", "cast_id"
    succeeds, fails = (InvitationSent,), (InvitationRefused,)
    reservation_id: Id
    plan_id: Id
    cast_id: Id
    guest_id: Id
    starts_at: AwareDatetime | None = None
    day: date | None = None
    hold_seconds: int = Field(default=HOLD_SECONDS, ge=1, le=7 * 24 * 3600)


class InvitationOverdue(Command):
    """Booking has not answered: the timer of an invitation."""

    topic, about, key = "chat.invitation-overdue.v1", "reservation_id", "cast_id"
    reservation_id: Id
    cast_id: Id


class PostMessage(Command):
    topic, about = "chat.post-message.v1", "room_id"
    succeeds, fails = (MessagePosted,), (MessageRefused,)
    room_id: Id
    message_id: Id
    sender_id: Id
    text: Sealed


# What can be asked about


class Card(BaseModel):
    """An invitation as it stands now."""

    model_config = ConfigDict(frozen=True)

    reservation_id: str
    status: CardStatus
    plan: PlanSnapshot | None
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime


class MessageAnswer(Answer):
    """`text` is empty where it is none or cannot be opened; `card` belongs to `invitation`, `seal` and `closed`."""

    number: int
    message_id: str
    kind: MessageKind
    sender_id: str
    text: str
    card: Card | None
    at: datetime


class MessagesAnswer(Answer):
    """Oldest first. `last` is the number of the room's newest message."""

    room_id: str
    items: tuple[MessageAnswer, ...]
    last: int


class ListMessages(Query):
    """For a member, or with an empty `reader_id` for an operator; to others there is no such room."""

    topic, about = "chat.list-messages.v1", "room_id"
    room_id: Id
    reader_id: str = Field(default="", max_length=64)
    after: int = Field(default=0, ge=0)
    limit: int = Field(default=50, ge=1, le=200)


class RoomAnswer(Answer):
    room_id: str
    cast_id: str
    guest_id: str
    last: int
    opened_at: datetime
    updated_at: datetime


class GetRoom(Query):
    """For a member, as above."""

    topic, about = "chat.get-room.v1", "room_id"
    room_id: Id
    reader_id: str = Field(default="", max_length=64)


class RoomPage(Answer):
    items: tuple[RoomAnswer, ...]
    next_cursor: str | None


class ListRooms(Query):
    """Of a cast or a guest, by id."""

    topic, about = "chat.list-rooms.v1", "person_id"
    person_id: Id
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
