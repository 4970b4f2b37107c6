"""Messages of a room, numbered without a gap: the room's row counts them, and is locked while it does (S1-30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.chat import MessageKind, MessagePosted, MessageRefused, PostMessage
from contracts.sealed import Sealed
from infra.decision import Outcomes, Rows
from workers.chat.rules.state import Message, Room


def post_message(command: PostMessage, rows: Rows, now: datetime) -> Outcomes:
    """By a member. Asked for again, it is told again and stands there once."""
    room, known = rows.get(Room, command.room_id), rows.get(Message, command.message_id)
    if room is None or command.sender_id not in (room.cast_id, room.guest_id):
        yield MessageRefused(room_id=command.room_id, reason="unknown_room")
    elif known is None:
        post = Post(room, now)
        yield from post.message(command.message_id, "text", command.sender_id, text=command.text)
        yield post.room
    elif known.room_id == room.room_id and known.sender_id == command.sender_id:
        yield told(known, room)
    else:
        yield MessageRefused(room_id=command.room_id, reason="unknown_room")


class Post:
    """Writes the next messages of a room; the caller saves `room` when it has written all."""

    def __init__(self, room: Room, now: datetime) -> None:
        self.room, self.now = room, now

    def message(
        self, message_id: str, kind: MessageKind, sender_id: str, reservation_id: str | None = None, text: Sealed | None = None
    ) -> Outcomes:
        self.room = replace(self.room, last=self.room.last + 1, updated_at=self.now)
        sealed = text.model_dump() if text else {}
        posted = Message(
            message_id, self.room.room_id, self.room.last, kind, sender_id, reservation_id, sealed, self.now
        )  # fmt: skip
        yield posted
        yield told(posted, self.room)


def told(message: Message, room: Room) -> MessagePosted:
    return MessagePosted(
        room_id=message.room_id, message_id=message.message_id, number=message.number, kind=message.kind,
        sender_id=message.sender_id, cast_id=room.cast_id, guest_id=room.guest_id,
        reservation_id=message.reservation_id or "", at=message.at,
        text=Sealed.model_validate(message.text) if message.text else None,
    )  # fmt: skip
