"""Reservations: the pledge by long press, withdrawal, decline, cancellation, no-show, history (S1-40 … S1-47, S1-65).

Addresses begin with `/v1/bookings`, for the shop's reservations of stock have the other word; the pledge has the
seed's own address as well.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from contracts.booking import (
    BeginPledge,
    BookingAnswer,
    BookingPage,
    CancelReservation,
    DeclineReservation,
    GetBooking,
    ListBookings,
    PledgeReservation,
    ReportNoShow,
    ReservationStatus,
    WithdrawReservation,
)
from contracts.message import Command, Id
from edge.calls import Call, Intent
from edge.endpoints import Guard, Key, Routes
from edge.fields import Request
from edge.paging import Page
from infra import ids

routes = Routes("bookings")


class Press(Request):
    """Nothing needs to be said."""


class Pledge(Request):
    """The token that the beginning of the press was given."""

    pledge_token: Id


class SeedPledge(Request):
    pledge_token: Annotated[Id, Field(alias="pledgeToken")]


class Ending(Request):
    """Nothing needs to be said."""


class Bookings(Page):
    status: ReservationStatus | None = None


@routes.post("/v1/bookings/{reservation_id}/press", Press, guard=Guard.GUEST, body_required=False, key=Key.NONE)
async def press(call: Call[Press]) -> Intent:
    """Begin the long press; its token is good for one pledge, 1.5 to 60 seconds later."""
    cast_id, token = await _cast(call), str(ids.root())
    name = call.id("reservation_id")
    command = BeginPledge(reservation_id=name, guest_id=call.principal.subject, pledge_token=token, cast_id=cast_id)
    return _of(name, command, pledge_token=token)


@routes.post("/v1/bookings/{reservation_id}/pledge", Pledge, guard=Guard.GUEST, ids=("reservation_id",))
async def pledge(call: Call[Pledge]) -> Intent:
    """End the long press: the invitation becomes a booking."""
    return await _pledging(call)


@routes.post("/reservations/{reservation_id}/pledge", SeedPledge, guard=Guard.GUEST, ids=("reservation_id",))
async def seed_pledge(call: Call[SeedPledge]) -> Intent:
    """End the long press, as the seed writes it."""
    return await _pledging(call)


@routes.post("/v1/bookings/{reservation_id}/withdrawal", Ending, guard=Guard.CAST, body_required=False)
async def withdraw(call: Call[Ending]) -> Intent:
    """Take an invitation back before it is pledged."""
    await _cast(call)
    name = call.id("reservation_id")
    return _of(name, WithdrawReservation(reservation_id=name, cast_id=call.principal.subject))


@routes.post("/v1/bookings/{reservation_id}/refusal", Ending, guard=Guard.GUEST, body_required=False)
async def decline(call: Call[Ending]) -> Intent:
    """Decline an invitation."""
    cast_id, name = await _cast(call), call.id("reservation_id")
    return _of(name, DeclineReservation(reservation_id=name, guest_id=call.principal.subject, cast_id=cast_id))


@routes.post("/v1/bookings/{reservation_id}/cancellation", Ending, body_required=False)
async def cancel(call: Call[Ending]) -> Intent:
    """Cancel a booking before it begins."""
    call.principal.must_be("cast", "guest")
    cast_id, name = await _cast(call), call.id("reservation_id")
    return _of(name, CancelReservation(reservation_id=name, person_id=call.principal.subject, cast_id=cast_id))


@routes.post("/v1/bookings/{reservation_id}/no-show", Ending, body_required=False, ids=("reservation_id",))
async def missed(call: Call[Ending]) -> Intent:
    """Say that the other did not come: from 15 minutes after the beginning on."""
    call.principal.must_be("cast", "guest")
    cast_id, name = await _cast(call), call.id("reservation_id")
    return _of(name, ReportNoShow(reservation_id=name, person_id=call.principal.subject, cast_id=cast_id))


@routes.get("/v1/bookings/{reservation_id}", BookingAnswer)
async def read(call: Call[None]) -> bytes:
    """A reservation."""
    return await call.ask(GetBooking(reservation_id=call.id("reservation_id"), reader_id=_reader(call)))


@routes.get("/v1/bookings", BookingPage, query=Bookings)
async def browse(call: Call[None]) -> bytes:
    """Your own reservations as guest or cast, newest first."""
    wish = call.query or Bookings()
    query = ListBookings(person_id=call.principal.subject, status=wish.status, cursor=wish.cursor, limit=wish.limit)
    return await call.ask(query)


async def _pledging(call: Call[Any]) -> Intent:
    cast_id, name = await _cast(call), call.id("reservation_id")
    return _of(name, PledgeReservation(
        reservation_id=name, guest_id=call.principal.subject, pledge_token=call.body.pledge_token, cast_id=cast_id
    ))  # fmt: skip


async def _cast(call: Call[Any]) -> str:
    """Routes the command. Raises Problem 404 for what is not there or somebody else's; with the owner away it checks."""
    known = await call.glance(GetBooking(reservation_id=call.id("reservation_id"), reader_id=_reader(call)))
    return str(known["cast_id"]) if known else ""


def _reader(call: Call[Any]) -> str:
    return "" if call.principal.admin else call.principal.subject


def _of(reservation_id: str, command: Command, **more: str) -> Intent:
    return Intent(command, {"reservation_id": reservation_id, **more}, {"booking": f"/v1/bookings/{reservation_id}"})
