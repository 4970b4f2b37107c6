"""What booking tells the two whom a reservation concerns."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from contracts.booking.reservations import PlanSnapshot, ReservationStatus
from contracts.message import Answer, Id, Query


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
