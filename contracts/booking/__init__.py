"""The published language of booking: reservations from the draft to their end (S1-40 … S1-47, S1-60 … S1-72)."""

from contracts.booking.answers import (
    BookingAnswer,
    BookingPage,
    GetBooking,
    ListBookings,
)
from contracts.booking.requests import (
    BeginPledge,
    CancelReservation,
    DeclineReservation,
    ExpireReservation,
    HoldSlot,
    PledgeReservation,
    WithdrawReservation,
)
from contracts.booking.reservations import (
    HOLD_SECONDS,
    HoldRefused,
    PlanSnapshot,
    PledgeBegun,
    ReservationCancelled,
    ReservationChanged,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationExpired,
    ReservationHeld,
    ReservationRefused,
    ReservationStatus,
    ReservationWithdrawn,
)

__all__ = [
    "HOLD_SECONDS",
    "BeginPledge",
    "BookingAnswer",
    "BookingPage",
    "CancelReservation",
    "DeclineReservation",
    "ExpireReservation",
    "GetBooking",
    "HoldRefused",
    "HoldSlot",
    "ListBookings",
    "PlanSnapshot",
    "PledgeBegun",
    "PledgeReservation",
    "ReservationCancelled",
    "ReservationChanged",
    "ReservationConfirmed",
    "ReservationDeclined",
    "ReservationExpired",
    "ReservationHeld",
    "ReservationRefused",
    "ReservationStatus",
    "ReservationWithdrawn",
    "WithdrawReservation",
]
