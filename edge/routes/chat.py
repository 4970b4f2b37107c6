"""Invitations, rooms and messages (S1-30, S1-31, S1-60 … S1-64)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, AliasChoices, AwareDatetime, Field

from contracts.booking import HOLD_SECONDS
from contracts.chat import (
    LONGEST,
    GetRoom,
    ListMessages,
    ListRooms,
    MessagePosted,
    MessagesAnswer,
    PostMessage,
    RoomAnswer,
    RoomPage,
    SendInvitation,
    room_of,
)
from contracts.message import Id
from edge.calls import Call, Empty, Intent
from edge.endpoints import Guard, Routes
from edge.fields import Request, prose
from edge.paging import Page
from edge.problems import Problem
from infra import ids

routes = Routes("chat")

HoldSeconds = Annotated[int, Field(ge=1, le=7 * 24 * 3600, description="how long the invitation stands")]


class Invitation(Request):
    """The slot that begins at this time, or the first free one of a day in Japan."""

    plan_id: Id
    guest_id: Id
    date: AwareDatetime | date
    hold_seconds: HoldSeconds = HOLD_SECONDS


class SeedInvitation(Request):
    """`PlanID` and `Date` as the seed writes them; whom it is for, it leaves out."""

    plan_id: Annotated[Id, Field(validation_alias=AliasChoices("PlanID", "planId"))]
    date: Annotated[AwareDatetime | date, Field(validation_alias=AliasChoices("Date", "date"))]
    guest_id: Annotated[Id, Field(validation_alias=AliasChoices("GuestID", "guestId"))]


class Text(Request):
    text: Annotated[str, Field(max_length=LONGEST), AfterValidator(prose), Field(min_length=1)]


class After(Empty):
    """`after` is the number of the last message that is known."""

    after: Annotated[int, Field(ge=0, lt=2**53)] = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@routes.post("/v1/invitations", Invitation, guard=Guard.CAST, ids=("reservation_id", "room_id"))
async def invite(call: Call[Invitation]) -> Intent:
    """Invite a guest: the slot is held and the card lies in the room."""
    body = call.body
    return _inviting(call.principal.subject, body.guest_id, body.plan_id, body.date, body.hold_seconds)


@routes.post("/invitation", SeedInvitation, guard=Guard.CAST, ids=("reservation_id", "room_id"))
async def seed_invite(call: Call[SeedInvitation]) -> Intent:
    """Invite a guest, as the seed writes it."""
    body = call.body
    return _inviting(call.principal.subject, body.guest_id, body.plan_id, body.date)


@routes.get("/v1/rooms", RoomPage, query=Page)
async def rooms(call: Call[None]) -> bytes:
    """Your own rooms."""
    wish = call.query or Page()
    return await call.ask(ListRooms(person_id=call.principal.subject, cursor=wish.cursor, limit=wish.limit))


@routes.get("/v1/rooms/{room_id}", RoomAnswer)
async def room(call: Call[None]) -> bytes:
    """A room, for its two members."""
    return await call.ask(GetRoom(room_id=call.id("room_id"), reader_id=_reader(call)))


@routes.get("/v1/rooms/{room_id}/messages", MessagesAnswer, query=After)
async def messages(call: Call[None]) -> bytes:
    """The messages of a room after a number, oldest first, with the cards as they stand now."""
    wish = call.query or After()
    query = ListMessages(room_id=call.id("room_id"), reader_id=_reader(call), after=wish.after, limit=wish.limit)
    return await call.ask(query)


@routes.post("/v1/rooms/{room_id}/messages", Text, ids=("room_id", "message_id"))
async def post(call: Call[Text]) -> Intent:
    """Write into a room of yours."""
    call.principal.must_be("cast", "guest")
    room_id, message_id = call.id("room_id"), str(ids.root())
    await call.glance(GetRoom(room_id=room_id, reader_id=call.principal.subject))
    sealed = call.edge.seal("chat", call.body.text.encode())
    command = PostMessage(room_id=room_id, message_id=message_id, sender_id=call.principal.subject, text=sealed)
    return Intent(command, {"room_id": room_id, "message_id": message_id}, {"messages": f"/v1/rooms/{room_id}/messages"})


async def _member(call: Call[None]) -> object:
    return await room(call)


def _after(call: Call[None], after: int) -> ListMessages:
    return ListMessages(room_id=call.id("room_id"), reader_id=_reader(call), after=after)


routes.channel("room", MessagePosted, key="room_id", sequence="number", sealed=True, may=_member, history=_after)


def _inviting(cast_id: str, guest_id: str, plan_id: str, when: date, hold_seconds: int = HOLD_SECONDS) -> Intent:
    if guest_id == cast_id:
        raise Problem("invalid-request", errors=[("guest_id", "must be somebody else")])
    reservation_id, room_id = str(ids.root()), room_of(cast_id, guest_id)
    starts_at, day = (when, None) if isinstance(when, datetime) else (None, when)
    command = SendInvitation(
        reservation_id=reservation_id, plan_id=plan_id, cast_id=cast_id, guest_id=guest_id, starts_at=starts_at, day=day,
        hold_seconds=hold_seconds,
    )  # fmt: skip
    links = {"booking": f"/v1/bookings/{reservation_id}", "messages": f"/v1/rooms/{room_id}/messages"}
    return Intent(command, {"reservation_id": reservation_id, "room_id": room_id}, links)


def _reader(call: Call[None]) -> str:
    return "" if call.principal.admin else call.principal.subject
