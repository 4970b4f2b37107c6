"""A no-show: the time came, and one of the two did not (S1-42). Whoever was there says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from contracts.booking import ReportNoShow, ReservationMissed, ReservationRefused, ReservationStatus
from infra.decision import Outcomes, Rows
from workers.booking.rules.state import Reservation

GRACE = timedelta(minutes=15)
"""After the beginning: so late anybody may be."""
WINDOW = timedelta(days=7)
"""After the end."""


def report_no_show(command: ReportNoShow, rows: Rows, now: datetime) -> Outcomes:
    """Of the other of the two. Told again by the same one, it is told again; the first word counts."""
    booked = rows.get(Reservation, command.reservation_id)
    if booked is None or command.person_id not in (booked.guest_id, booked.cast_id):
        yield ReservationRefused(reservation_id=command.reservation_id, reason="unknown_reservation")
        return
    absent: ReservationStatus = "no_show_guest" if command.person_id == booked.cast_id else "no_show_cast"
    if booked.status == absent:
        yield booked.told(ReservationMissed)
    elif booked.status != "confirmed" or now > booked.ends_at + WINDOW:
        yield ReservationRefused(reservation_id=booked.reservation_id, cast_id=booked.cast_id, reason="invalid_state")
    elif now < booked.starts_at + GRACE:
        yield ReservationRefused(reservation_id=booked.reservation_id, cast_id=booked.cast_id, reason="too_early")
    else:
        missed = replace(booked, status=absent, updated_at=now, version=booked.version + 1)
        yield missed
        yield missed.told(ReservationMissed)
