"""What happens to a reservation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.message import Event, Refusal
from contracts.money import Price

ReservationStatus = Literal[
    "draft", "confirmed", "expired", "withdrawn", "declined", "cancelled_by_guest", "cancelled_by_cast", "no_show_guest",
    "no_show_cast",
]  # fmt: skip
HOLD_SECONDS = 24 * 3600
"""How long an invitation stands when its sender says nothing else; never longer than until its slot begins."""


class PlanSnapshot(BaseModel):
    """What was offered when the invitation was sent; a later price changes nothing."""

    model_config = ConfigDict(frozen=True)

    plan_id: str
    name: str
    minutes: int
    price: Price


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


class ReservationMissed(ReservationChanged):
    """無断キャンセル: the time came and one of the two did not; `status` says who (S1-42)."""

    topic = "booking.reservation-missed.v1"


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
    `too_early`: a no-show is told a quarter of an hour after the beginning.
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
        "too_early",
        "invalid_state",
    ]
