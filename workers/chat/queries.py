"""What chat answers, to the members of a room only. The one place where the seal of a text is opened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.chat import (
    Card,
    GetRoom,
    ListMessages,
    ListRooms,
    MessageAnswer,
    MessagesAnswer,
    RoomAnswer,
    RoomPage,
)
from contracts.sealed import Sealed
from infra import paging
from storage.chat import invitation
from storage.chat import message as messages
from storage.chat import room as rooms

Open: TypeAlias = Callable[[Sealed], bytes]
"""Gives the plaintext. Raises ValueError when the box cannot be opened."""

_room_id = sa.bindparam("room_id", type_=sa.Text)
_reader = sa.bindparam("reader_id", type_=sa.Text)
_member = sa.or_(_reader == "", rooms.c.cast_id == _reader, rooms.c.guest_id == _reader)
ROOM = sa.select(rooms).where(rooms.c.room_id == _room_id, _member)
AFTER = (
    sa.select(messages, invitation.c.plan, invitation.c.status, invitation.c.starts_at, invitation.c.ends_at,
              invitation.c.expires_at)
    .outerjoin(invitation, invitation.c.reservation_id == messages.c.reservation_id)
    .where(messages.c.room_id == _room_id, messages.c.number > sa.bindparam("after", type_=sa.BigInteger))
    .order_by(messages.c.number)
    .limit(sa.bindparam("rows", type_=sa.Integer))
)  # fmt: skip
OF_PERSON = (
    sa.select(rooms)
    .where(sa.or_(rooms.c.cast_id == _reader, rooms.c.guest_id == _reader), rooms.c.room_id > sa.bindparam("cursor"))
    .order_by(rooms.c.room_id)
    .limit(sa.bindparam("rows", type_=sa.Integer))
)


async def room(query: GetRoom, read: AsyncConnection) -> RoomAnswer | None:
    row = (await read.execute(ROOM, {"room_id": query.room_id, "reader_id": query.reader_id})).one_or_none()
    return _room(row) if row else None


async def rooms_of(query: ListRooms, read: AsyncConnection) -> RoomPage:
    given = {"reader_id": query.person_id, "cursor": query.cursor, "rows": query.limit + 1}
    rows: Sequence[sa.Row[Any]] = (await read.execute(OF_PERSON, given)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.room_id))
    return RoomPage(items=tuple(_room(row) for row in shown), next_cursor=following)


def opening(open_: Open) -> Callable[[ListMessages, AsyncConnection], Awaitable[MessagesAnswer | None]]:
    """The query, with a way to open what was sealed to chat."""

    async def messages_of(query: ListMessages, read: AsyncConnection) -> MessagesAnswer | None:
        found = (await read.execute(ROOM, {"room_id": query.room_id, "reader_id": query.reader_id})).one_or_none()
        if found is None:
            return None
        given = {"room_id": query.room_id, "after": query.after, "rows": query.limit}
        rows = (await read.execute(AFTER, given)).all()
        items = tuple(_message(row, open_) for row in rows)
        return MessagesAnswer(room_id=found.room_id, items=items, last=max(found.last, items[-1].number if items else 0))

    return messages_of


def _room(row: sa.Row[Any]) -> RoomAnswer:
    return RoomAnswer(
        room_id=row.room_id, cast_id=row.cast_id, guest_id=row.guest_id, last=row.last, opened_at=row.opened_at,
        updated_at=row.updated_at,
    )  # fmt: skip


def _message(row: sa.Row[Any], open_: Open) -> MessageAnswer:
    card = None
    if row.reservation_id:
        card = Card(
            reservation_id=row.reservation_id, status=row.status, plan=row.plan, starts_at=row.starts_at,
            ends_at=row.ends_at, expires_at=row.expires_at,
        )  # fmt: skip
    return MessageAnswer(
        number=row.number, message_id=row.message_id, kind=row.kind, sender_id=row.sender_id,
        text=_text(row.text, open_) if row.text else "", card=card, at=row.at,
    )  # fmt: skip


def _text(sealed: dict[str, Any], open_: Open) -> str:
    """Empty for a box that was sealed to another key: the other messages are worth having."""
    try:
        return open_(Sealed.model_validate(sealed)).decode()
    except ValueError:
        return ""
