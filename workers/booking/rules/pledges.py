"""The pledge: a long press makes a draft a booking, for exactly one of all who want the time (S1-41, S1-65, S1-66).

The server sees the press begin and end: what lies between is measured by its clock, not by the guest's.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from contracts.booking import (
    BeginPledge,
    CancelReservation,
    ExpireReservation,
    PledgeBegun,
    PledgeReservation,
    ReservationCancelled,
    ReservationConfirmed,
    ReservationRefused,
    ReservationStatus,
)
from infra.decision import Cancel, Outcomes, Rows
from workers.booking.rules.diary import Diary, cast, guest
from workers.booking.rules.drafts import expired, withdrawn
from workers.booking.rules.state import Reservation

SHORTEST, LONGEST = timedelta(seconds=1.5), timedelta(seconds=60)
"""How long a press lasts."""

Why = Literal[
    "invitation_expired", "invitation_withdrawn", "slot_taken", "guest_busy", "held_too_short", "pledge_token_invalid",
    "invalid_state",
]  # fmt: skip


def begin_pledge(command: BeginPledge, rows: Rows, now: datetime) -> Outcomes:
    """A press that begins anew forgets the one before."""
    draft = rows.get(Reservation, command.reservation_id)
    if draft is None or draft.guest_id != command.guest_id:
        yield ReservationRefused(reservation_id=command.reservation_id, reason="unknown_reservation")
    elif draft.status != "draft" or draft.is_overdue(now):
        yield from _too_late(draft, rows, now)
    else:
        yield replace(draft, pledge_token=command.pledge_token, pressed_at=now)
        yield PledgeBegun(
            reservation_id=draft.reservation_id, cast_id=draft.cast_id, pledge_token=command.pledge_token,
            not_before=now + SHORTEST, not_after=now + LONGEST,
        )  # fmt: skip


def pledge_reservation(command: PledgeReservation, rows: Rows, now: datetime) -> Outcomes:
    """The row is locked, and only a draft becomes confirmed: against expiry, withdrawal and overlap one wins."""
    draft = rows.get(Reservation, command.reservation_id)
    if draft is None or draft.guest_id != command.guest_id:
        yield ReservationRefused(reservation_id=command.reservation_id, reason="unknown_reservation")
    elif draft.status == "confirmed":
        yield draft.told(ReservationConfirmed)
    elif draft.status != "draft" or draft.is_overdue(now):
        yield from _too_late(draft, rows, now)
    elif why := _press(draft, command.pledge_token, now):
        # The finger has left the button: whatever comes next begins with a new press.
        yield replace(draft, pledge_token=None, pressed_at=None)
        yield _refused(draft, why)
    else:
        yield from _confirm(draft, Diary(rows), rows, now)


def cancel_reservation(command: CancelReservation, rows: Rows, now: datetime) -> Outcomes:
    """By either of the two, until it begins."""
    booked = rows.get(Reservation, command.reservation_id)
    if booked is None or command.person_id not in (booked.guest_id, booked.cast_id):
        yield ReservationRefused(reservation_id=command.reservation_id, reason="unknown_reservation")
    elif booked.status in ("cancelled_by_guest", "cancelled_by_cast"):
        yield booked.told(ReservationCancelled)
    elif booked.status != "confirmed" or booked.starts_at <= now:
        yield _refused(booked, "invalid_state")
    else:
        by: ReservationStatus = "cancelled_by_guest" if command.person_id == booked.guest_id else "cancelled_by_cast"
        over = replace(booked, status=by, updated_at=now, version=booked.version + 1)
        diary = Diary(rows)
        diary.erase(cast(booked.cast_id), booked)
        diary.erase(guest(booked.guest_id), booked)
        yield over
        yield over.told(ReservationCancelled)
        yield from diary.outcomes()


def _press(draft: Reservation, token: str, now: datetime) -> Literal["", "held_too_short", "pledge_token_invalid"]:
    if draft.pressed_at is None or draft.pledge_token != token or now - draft.pressed_at > LONGEST:
        return "pledge_token_invalid"
    return "held_too_short" if now - draft.pressed_at < SHORTEST else ""


def _confirm(draft: Reservation, diary: Diary, rows: Rows, now: datetime) -> Outcomes:
    """No draft lies where a booking of its cast does: none is held there, and those that were end here."""
    others = diary.overlapping(cast(draft.cast_id), draft.starts_at, draft.ends_at)
    elsewhere = diary.overlapping(guest(draft.guest_id), draft.starts_at, draft.ends_at)
    if elsewhere:
        yield replace(draft, pledge_token=None, pressed_at=None)
        yield _refused(draft, "guest_busy")
        return
    booked = replace(draft, status="confirmed", pledge_token=None, pressed_at=None, updated_at=now, version=draft.version + 1)
    diary.enter(cast(booked.cast_id), booked)
    diary.enter(guest(booked.guest_id), booked)
    yield booked
    yield booked.told(ReservationConfirmed)
    yield Cancel(ExpireReservation, booked.reservation_id)
    for other in rows.each(Reservation, [one.reservation_id for one in others if one.reservation_id != booked.key]).values():
        yield from withdrawn(other, "slot_taken", diary, now)
    yield from diary.outcomes()


def _too_late(over: Reservation, rows: Rows, now: datetime) -> Outcomes:
    """Somebody or something was faster."""
    if over.is_overdue(now):
        yield from expired(over, rows, now)
    yield _refused(over, _ended_by(over))


def _ended_by(over: Reservation) -> Why:
    if over.status in ("draft", "expired"):
        return "invitation_expired"
    if over.status == "withdrawn":
        return "slot_taken" if over.reason == "slot_taken" else "invitation_withdrawn"
    return "invalid_state"


def _refused(it: Reservation, why: Why) -> ReservationRefused:
    return ReservationRefused(reservation_id=it.reservation_id, cast_id=it.cast_id, reason=why)
