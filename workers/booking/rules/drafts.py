"""A draft holds a slot for a guest until it expires, is withdrawn or declined (S1-61, S1-71).

Several guests may be invited to one slot: the first who pledges gets it, and the other drafts end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from contracts.booking import (
    DeclineReservation,
    ExpireReservation,
    HoldRefused,
    HoldSlot,
    ReservationDeclined,
    ReservationExpired,
    ReservationHeld,
    ReservationRefused,
    ReservationWithdrawn,
    WithdrawReservation,
)
from infra.decision import After, Cancel, Outcomes, Rows
from workers.booking.rules.diary import Diary, cast
from workers.booking.rules.state import Plan, Reason, Reservation

JAPAN = timezone(timedelta(hours=9))
"""It has no summer time."""


def hold_slot(command: HoldSlot, rows: Rows, now: datetime) -> Outcomes:
    """Asked for again, it is told again; what was withdrawn beforehand is not held any more."""
    known = rows.get(Reservation, command.reservation_id)
    if known:
        if known.status == "draft":
            yield known.told(ReservationHeld)
        else:
            yield HoldRefused(reservation_id=command.reservation_id, cast_id=command.cast_id, reason="invalid_state")
        return
    held = _draft(command, rows, diary := Diary(rows), now)
    if isinstance(held, HoldRefused):
        yield held
        return
    diary.enter(cast(held.cast_id), held)
    yield held
    yield held.told(ReservationHeld)
    yield After(held.expires_at, ExpireReservation(reservation_id=held.reservation_id, cast_id=held.cast_id))
    yield from diary.outcomes()


def withdraw_reservation(command: WithdrawReservation, rows: Rows, now: datetime) -> Outcomes:
    """By its cast. Beforehand, it closes the id of a draft that never came or comes late."""
    known, name = rows.get(Reservation, command.reservation_id), command.reservation_id
    if known is None and command.beforehand:
        known = Reservation(name, command.cast_id, "", {}, now, now, "withdrawn", "cast", now, now, now)
        yield known
        yield known.told(ReservationWithdrawn)
    elif known is None or known.cast_id != command.cast_id:
        yield ReservationRefused(reservation_id=name, reason="unknown_reservation")
    elif known.is_overdue(now):
        yield from expired(known, rows, now)
        yield ReservationRefused(reservation_id=name, cast_id=known.cast_id, reason="invitation_expired")
    elif known.status == "draft":
        diary = Diary(rows)
        yield from withdrawn(known, "cast", diary, now)
        yield from diary.outcomes()
    elif known.status == "withdrawn":
        yield known.told(ReservationWithdrawn, reason=known.reason)
    else:
        yield ReservationRefused(reservation_id=name, cast_id=known.cast_id, reason="invalid_state")


def decline_reservation(command: DeclineReservation, rows: Rows, now: datetime) -> Outcomes:
    """By its guest."""
    known, name = rows.get(Reservation, command.reservation_id), command.reservation_id
    if known is None or known.guest_id != command.guest_id:
        yield ReservationRefused(reservation_id=name, reason="unknown_reservation")
    elif known.is_overdue(now):
        yield from expired(known, rows, now)
        yield ReservationRefused(reservation_id=name, cast_id=known.cast_id, reason="invitation_expired")
    elif known.status == "draft":
        declined = _ended(replace(known, status="declined"), now)
        diary = Diary(rows)
        diary.erase(cast(known.cast_id), known)
        yield declined
        yield declined.told(ReservationDeclined)
        yield Cancel(ExpireReservation, name)
        yield from diary.outcomes()
    elif known.status == "declined":
        yield known.told(ReservationDeclined)
    else:
        yield ReservationRefused(reservation_id=name, cast_id=known.cast_id, reason="invalid_state")


def expire_reservation(command: ExpireReservation, rows: Rows, now: datetime) -> Outcomes:
    """The timer rang. Whatever ended the draft before has ended it; one that rings too early rings again."""
    known = rows.get(Reservation, command.reservation_id)
    if known is None or known.status != "draft":
        return
    if known.is_overdue(now):
        yield from expired(known, rows, now)
    else:
        yield After(known.expires_at, command)


def expired(draft: Reservation, rows: Rows, now: datetime) -> Outcomes:
    """Its time is over, whether the timer has said so or somebody who came too late."""
    over = _ended(replace(draft, status="expired"), now)
    diary = Diary(rows)
    diary.erase(cast(draft.cast_id), draft)
    yield over
    yield over.told(ReservationExpired)
    yield Cancel(ExpireReservation, draft.reservation_id)
    yield from diary.outcomes()


def withdrawn(draft: Reservation, reason: Reason, diary: Diary, now: datetime) -> Outcomes:
    """The caller saves the diary."""
    over = _ended(replace(draft, status="withdrawn", reason=reason), now)
    diary.erase(cast(draft.cast_id), draft)
    yield over
    yield over.told(ReservationWithdrawn, reason=reason)
    yield Cancel(ExpireReservation, draft.reservation_id)


def _ended(draft: Reservation, now: datetime) -> Reservation:
    return replace(draft, pledge_token=None, pressed_at=None, updated_at=now, version=draft.version + 1)


def _draft(command: HoldSlot, rows: Rows, diary: Diary, now: datetime) -> Reservation | HoldRefused:
    name, cast_id = command.reservation_id, command.cast_id
    plan = rows.get(Plan, command.plan_id)
    if plan is None or plan.cast_id != cast_id:
        return HoldRefused(reservation_id=name, cast_id=cast_id, reason="unknown_plan")
    length = timedelta(minutes=plan.minutes)
    slots = list(_wanted(plan, command, now))
    if not slots:
        return HoldRefused(reservation_id=name, cast_id=cast_id, reason="not_offered")
    if command.starts_at is None:  # a day: what nobody is invited to comes before what is held only
        slots.sort(key=lambda slot: bool(diary.overlapping(cast(cast_id), slot, slot + length)))
    open_slots = (
        slot for slot in slots if not any(one.confirmed for one in diary.overlapping(cast(cast_id), slot, slot + length))
    )
    if (starts_at := next(open_slots, None)) is None:
        return HoldRefused(reservation_id=name, cast_id=cast_id, reason="slot_taken")
    if diary.is_full(cast(cast_id), starts_at, starts_at + length):
        return HoldRefused(reservation_id=name, cast_id=cast_id, reason="too_many_invitations")
    expires_at = min(now + timedelta(seconds=command.hold_seconds), starts_at)
    return Reservation(
        name, cast_id, command.guest_id, plan.snapshot, starts_at, starts_at + length, "draft", "", expires_at, now, now
    )


def _wanted(plan: Plan, command: HoldSlot, now: datetime) -> Iterator[datetime]:
    """Those of the plan's slots that the command may mean, and that have not begun, earliest first."""
    for slot in map(datetime.fromisoformat, plan.slots if plan.active else ()):
        named = slot == command.starts_at if command.starts_at else slot.astimezone(JAPAN).date() == command.day
        if named and slot > now:
            yield slot.astimezone(UTC)
