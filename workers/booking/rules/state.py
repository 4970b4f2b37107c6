"""The rows of booking. Their fields are the columns of `storage/booking.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVar

from contracts.booking import PlanSnapshot, ReservationChanged, ReservationStatus
from infra.decision import Row

E = TypeVar("E", bound=ReservationChanged)
Reason = Literal["", "cast", "slot_taken"]


@dataclass(frozen=True, slots=True)
class Plan(Row):
    """Booking's own copy of a published plan (S1-46): it books while offer is away."""

    plan_id: str
    cast_id: str
    name: str
    minutes: int
    amount: int
    currency: str
    slots: list[str]
    active: bool
    version: int

    @property
    def snapshot(self) -> dict[str, Any]:
        price = {"amount": self.amount, "currency": self.currency}
        return {"plan_id": self.plan_id, "name": self.name, "minutes": self.minutes, "price": price}


@dataclass(frozen=True, slots=True)
class Reservation(Row):
    """`draft → confirmed | expired | withdrawn | declined`, `confirmed → cancelled_by_… | no_show_…` of guest or cast.

    `pledge_token` and `pressed_at` are of the press that lasts, if one does. One without a plan was withdrawn before
    it was asked for.
    """

    reservation_id: str
    cast_id: str
    guest_id: str
    plan: dict[str, Any]
    starts_at: datetime
    ends_at: datetime
    status: ReservationStatus
    reason: Reason
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    pledge_token: str | None = None
    pressed_at: datetime | None = None
    version: int = 1
    sequence: int = 0

    @property
    def holds(self) -> bool:
        """A press belongs to a draft."""
        return self.pledge_token is None or self.status == "draft"

    def is_overdue(self, now: datetime) -> bool:
        return self.status == "draft" and self.expires_at <= now

    def told(self, kind: type[E], **more: str) -> E:
        """The event that says how it stands."""
        return kind(
            reservation_id=self.reservation_id, cast_id=self.cast_id, guest_id=self.guest_id,
            plan=PlanSnapshot.model_validate(self.plan) if self.plan else None, starts_at=self.starts_at,
            ends_at=self.ends_at, expires_at=self.expires_at, status=self.status, version=self.version,
            **more,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Day(Row):
    """What a person has in mind for a day (UTC): drafts and bookings of a cast, bookings of a guest.

    Its lock is what pledges for overlapping times queue up at, and an entry says all that is needed to see an overlap.
    """

    day_id: str
    entries: list[dict[str, Any]]
