"""What casts and guests hear of invitations: 「予約入りました」, and every other end of one (S1-33, S1-69, S1-71)."""

from __future__ import annotations

from datetime import datetime

from contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationExpired,
    ReservationHeld,
    ReservationMissed,
    ReservationWithdrawn,
)
from infra.decision import Outcomes, Rows
from workers.notification.rules.notices import notify
from workers.notification.rules.source import Kind, Source

LINK = "/v1/bookings/{subject}"
INVITED = Kind("booking_invited", ja="招待状が届きました。", en="You are invited.", link=LINK)
BOOKED = Kind("booking_confirmed", ja="予約入りました。", en="Your invitation was pledged: a booking.", link=LINK)
EXPIRED = Kind("booking_expired", ja="招待状の有効期限が切れました。", en="An invitation of yours has expired.", link=LINK)
DECLINED = Kind("booking_declined", ja="招待状は辞退されました。", en="An invitation of yours was declined.", link=LINK)
WITHDRAWN = Kind("booking_withdrawn", ja="招待状は取り下げられました。", en="An invitation to you was taken back.", link=LINK)
TAKEN = Kind(
    "booking_slot_taken",
    ja="招待の枠は別のお客様の予約で埋まりました。",
    en="The time you were invited to was booked by another guest.",
    link=LINK,
)
CANCELLED = Kind("booking_cancelled", ja="予約はキャンセルされました。", en="A booking was cancelled.", link=LINK)

MISSED = Kind(
    "booking_missed",
    ja="予約の時間にいらっしゃらなかったと連絡がありました。",
    en="It was reported that you did not come to a booking.",
    link=LINK,
)


def invited(event: ReservationHeld, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.guest_id, INVITED, event.reservation_id)


def booked(event: ReservationConfirmed, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.cast_id, BOOKED, event.reservation_id)


def expired(event: ReservationExpired, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.cast_id, EXPIRED, event.reservation_id)


def declined(event: ReservationDeclined, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.cast_id, DECLINED, event.reservation_id)


def withdrawn(event: ReservationWithdrawn, rows: Rows, now: datetime) -> Outcomes:
    """What was withdrawn before it was held has no guest yet."""
    if event.guest_id:
        kind = TAKEN if event.reason == "slot_taken" else WITHDRAWN
        yield from notify(rows, now, event.guest_id, kind, event.reservation_id)


def cancelled(event: ReservationCancelled, rows: Rows, now: datetime) -> Outcomes:
    """Whoever did not do it."""
    other = event.cast_id if event.status == "cancelled_by_guest" else event.guest_id
    yield from notify(rows, now, other, CANCELLED, event.reservation_id)


def missed(event: ReservationMissed, rows: Rows, now: datetime) -> Outcomes:
    """Whoever did not come, so that he may object."""
    absent = event.guest_id if event.status == "no_show_guest" else event.cast_id
    yield from notify(rows, now, absent, MISSED, event.reservation_id)


source = Source(INVITED, BOOKED, EXPIRED, DECLINED, WITHDRAWN, TAKEN, CANCELLED, MISSED)
source.on(ReservationHeld, invited)
source.on(ReservationConfirmed, booked)
source.on(ReservationExpired, expired)
source.on(ReservationDeclined, declined)
source.on(ReservationWithdrawn, withdrawn)
source.on(ReservationCancelled, cancelled)
source.on(ReservationMissed, missed)
