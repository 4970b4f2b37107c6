"""The published language of booking: reservations from the draft to their end (S1-40 … S1-47, S1-60 … S1-72)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.money import Price

ReservationStatus = Literal["draft", "confirmed", "expired", "withdrawn", "declined", "cancelled_by_guest", "cancelled_by_cast"]
HOLD_SECONDS = 24 * 3600
"""How long an invitation stands when its sender says nothing else; never longer than until its slot begins."""


class PlanSnapshot(BaseModel):
    """What was offered when the invitation was sent; a later price changes nothing."""

    model_config = ConfigDict(frozen=True)

    plan_id: str
    name: str
    minutes: int
    price: Price


# What happened. Each says all there is to say: who keeps a copy needs the newest version and nothing before it.


class ReservationChanged(Event):
    """What all of them have in common; `version` grows by one with each state."""

    about, key, aggregate = "reservation_id", "cast_id", "reservation"
    reservation_id: str
    cast_id: str
    guest_id: str
    plan: PlanSnapshot | None
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    status: ReservationStatus
    version: int


class ReservationHeld(ReservationChanged):
    """A draft: the slot is held for its guest until `expires_at` (S1-61)."""

    topic = "booking.reservation-held.v1"


class ReservationConfirmed(ReservationChanged):
    """予約確定: the guest has pledged (S1-66, S1-67)."""

    topic = "booking.reservation-confirmed.v1"


class ReservationExpired(ReservationChanged):
    topic = "booking.reservation-expired.v1"


class ReservationWithdrawn(ReservationChanged):
    """By the cast, or because another guest pledged first (`slot_taken`). Without `plan`: before it was ever held."""

    topic = "booking.reservation-withdrawn.v1"
    reason: Literal["cast", "slot_taken"] = "cast"


class ReservationDeclined(ReservationChanged):
    """By the guest."""

    topic = "booking.reservation-declined.v1"


class ReservationCancelled(ReservationChanged):
    """After the pledge, before it began; `status` says by whom."""

    topic = "booking.reservation-cancelled.v1"


class PledgeBegun(Event):
    """The guest presses. The token is good for one pledge of this guest, in this window of time."""

    topic, about, key = "booking.pledge-begun.v1", "reservation_id", "cast_id"
    reservation_id: str
    cast_id: str
    pledge_token: str
    not_before: datetime
    not_after: datetime


class HoldRefused(Refusal):
    """`not_offered`: the plan has no such slot, or it has passed. `slot_taken`: the cast has confirmed another."""

    topic, about, key = "booking.hold-refused.v1", "reservation_id", "cast_id"
    reservation_id: str
    cast_id: str
    reason: Literal["unknown_plan", "not_offered", "slot_taken", "too_many_invitations", "invalid_state"]


class ReservationRefused(Refusal):
    """What a guest or a cast wanted of a reservation is not possible, and why.

    `unknown_reservation` stands for a missing one and for somebody else's. `guest_busy`: he has pledged to be elsewhere.
    """

    topic, about, key = "booking.reservation-refused.v1", "reservation_id", "cast_id"
    reservation_id: str
    cast_id: str = ""
    reason: Literal[
        "unknown_reservation",
        "invitation_expired",
        "invitation_withdrawn",
        "slot_taken",
        "guest_busy",
        "held_too_short",
        "pledge_token_invalid",
        "invalid_state",
    ]


# What can be asked of booking


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
    cast_id: str = Field(default="", max_length=64, description="routes only")


class PledgeReservation(Command):
    """The press was long enough, says the token: the draft becomes a booking (S1-65)."""

    topic, about, key = "booking.pledge-reservation.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationConfirmed,), (ReservationRefused,)
    reservation_id: Id
    guest_id: Id
    pledge_token: Id
    cast_id: str = Field(default="", max_length=64, description="routes only")


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
    cast_id: str = Field(default="", max_length=64, description="routes only")


class CancelReservation(Command):
    """By the guest or the cast, after the pledge and before it begins."""

    topic, about, key = "booking.cancel-reservation.v1", "reservation_id", "cast_id"
    succeeds, fails = (ReservationCancelled,), (ReservationRefused,)
    reservation_id: Id
    person_id: Id
    cast_id: str = Field(default="", max_length=64, description="routes only")


class ExpireReservation(Command):
    """Its time is over: the timer of a draft."""

    topic, about, key = "booking.expire-reservation.v1", "reservation_id", "cast_id"
    reservation_id: Id
    cast_id: str = Field(default="", max_length=64, description="routes only")


# What can be asked about


class BookingAnswer(Answer):
    reservation_id: str
    cast_id: str
    guest_id: str
    plan: PlanSnapshot | None
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime
    status: ReservationStatus
    reason: str
    version: int
    created_at: datetime
    updated_at: datetime


class GetBooking(Query):
    """For its guest, its cast, or with an empty `reader_id` for an operator; to others there is none."""

    topic, about = "booking.get-booking.v1", "reservation_id"
    reservation_id: Id
    reader_id: str = Field(default="", max_length=64)


class BookingPage(Answer):
    items: tuple[BookingAnswer, ...]
    next_cursor: str | None


class ListBookings(Query):
    """Of a guest or a cast, newest first (S1-80)."""

    topic, about = "booking.list-bookings.v1", "person_id"
    person_id: Id
    status: ReservationStatus | None = None
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
