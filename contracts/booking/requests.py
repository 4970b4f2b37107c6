"""What can be asked of booking."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.booking.reservations import (
    HOLD_SECONDS,
    HoldRefused,
    PledgeBegun,
    ReservationCancelled,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationHeld,
    ReservationMissed,
    ReservationRefused,
    ReservationWithdrawn,
)
from contracts.message import Command, Id

Route = Annotated[str, Field(max_length=64, description="routes only")]
"""Whose reservation it is, where the sender knows: it chooses the lane, and what is stored decides."""


class HoldSlot(Command):
    """A draft of this plan for a guest. `day` in place of `starts_at`: the first slot of that day in Japan that is free."""

    topic, about, key = "booking.hold-slot.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationHeld,), (HoldRefused,)
    reservation_id: Id
    plan_id: Id
    cast_id: Id
    guest_id: Id
    starts_at: AwareDatetime | None = None
    day: date | None = None
    hold_seconds: int = Field(default=HOLD_SECONDS, ge=1, le=7 * 24 * 3600)


class BeginPledge(Command):
    """The press begins (S1-41). `pledge_token` is fresh; one that comes later takes its place."""

    topic, about, key = "booking.begin-pledge.v1", "reservation_id", "cast_id"
    succeeds, fails = (PledgeBegun,), (ReservationRefused,)
    reservation_id: Id
    guest_id: Id
    pledge_token: Id
    cast_id: Route = ""


class PledgeReservation(Command):
    """The press was long enough, says the token: the draft becomes a booking (S1-65)."""

    topic, about, key = "booking.pledge-reservation.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationConfirmed,), (ReservationRefused,)
    reservation_id: Id
    guest_id: Id
    pledge_token: Id
    cast_id: Route = ""


class WithdrawReservation(Command):
    """By the cast, before the pledge. One that comes before the draft refuses the late draft."""

    topic, about, key = "booking.withdraw-reservation.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationWithdrawn,), (ReservationRefused,)
    reservation_id: Id
    cast_id: Id
    beforehand: bool = Field(default=False, description="also when there is no such draft yet")


class DeclineReservation(Command):
    """By the guest, before the pledge."""

    topic, about, key = "booking.decline-reservation.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationDeclined,), (ReservationRefused,)
    reservation_id: Id
    guest_id: Id
    cast_id: Route = ""


class CancelReservation(Command):
    """By the guest or the cast, after the pledge and before it begins."""

    topic, about, key = "booking.cancel-reservation.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationCancelled,), (ReservationRefused,)
    reservation_id: Id
    person_id: Id
    cast_id: Route = ""


class ReportNoShow(Command):
    """By the one of the two who was there, of the other: from 15 minutes after the beginning to a week after the end (S1-42)."""

    topic, about, key = "booking.report-no-show.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationMissed,), (ReservationRefused,)
    reservation_id: Id
    person_id: Id
    cast_id: Route = ""


class ExpireReservation(Command):
    """Its time is over: the timer of a draft."""

    topic, about, key = "booking.expire-reservation.v1", "reservation_id", "cast_id"
    reservation_id: Id
    cast_id: Route = ""
