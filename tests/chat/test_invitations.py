"""Cards, seals and messages, as facts (S1-30, S1-31, S1-60 … S1-70)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.booking import (
    HoldRefused,
    HoldSlot,
    PlanSnapshot,
    ReservationCancelled,
    ReservationChanged,
    ReservationConfirmed,
    ReservationExpired,
    ReservationHeld,
    ReservationMissed,
    ReservationStatus,
    ReservationWithdrawn,
    WithdrawReservation,
)
from contracts.chat import (
    InvitationOverdue,
    InvitationRefused,
    InvitationSent,
    MessagePosted,
    MessageRefused,
    PostMessage,
    SendInvitation,
    room_of,
)
from contracts.message import Message as AnyMessage
from contracts.money import Price
from contracts.sealed import Sealed
from infra.decision import After
from infra.spec import NOON, Spec
from workers.chat import group
from workers.chat.rules.invitations import PATIENCE
from workers.chat.rules.state import Invitation, Message, Room, message_of

pytestmark = pytest.mark.req("S1-31", "S1-63", "S1-64", "S1-68", "S1-70")

AIKO, GUEST = "cast-aiko", "guest-1"
ROOM = room_of(AIKO, GUEST)
AT = NOON + timedelta(hours=6)
PLAN = PlanSnapshot(plan_id="P", name="夜のお散歩", minutes=120, price=Price(amount=20_000, currency="JPY"))
WISH = SendInvitation(reservation_id="R", plan_id="P", cast_id=AIKO, guest_id=GUEST, starts_at=AT)
BOX = Sealed(to="chat", box="c2VhbGVk")


def changed(kind: type[ReservationChanged], status: ReservationStatus, version: int) -> ReservationChanged:
    return kind(
        reservation_id="R", cast_id=AIKO, guest_id=GUEST, plan=PLAN, starts_at=AT, ends_at=AT + timedelta(hours=2),
        expires_at=NOON + timedelta(hours=1), status=status, version=version,
    )  # fmt: skip


HELD = changed(ReservationHeld, "draft", 1)
CONFIRMED = changed(ReservationConfirmed, "confirmed", 2)
EXPIRED = changed(ReservationExpired, "expired", 2)
WITHDRAWN = changed(ReservationWithdrawn, "withdrawn", 2)
CANCELLED = changed(ReservationCancelled, "cancelled_by_guest", 3)


def given() -> Spec:
    return Spec(group).when(WISH)


def kinds(spec: Spec) -> list[str]:
    """Of the room's messages in the order of their numbers, which have no gap."""
    found = sorted((row for row in spec.rows.values() if isinstance(row, Message)), key=lambda row: row.number)
    assert [row.number for row in found] == list(range(1, len(found) + 1))
    room = spec.row(Room, ROOM)
    assert (room.last if room else 0) == len(found)
    return [row.kind for row in found]


@pytest.mark.req("S1-60", "S1-61", "S1-62")
def test_booking_is_asked_before_there_is_a_card() -> None:
    wish = HoldSlot(reservation_id="R", plan_id="P", cast_id=AIKO, guest_id=GUEST, starts_at=AT)
    overdue = InvitationOverdue(reservation_id="R", cast_id=AIKO)
    asked = given().then(wish, After(NOON + PATIENCE, overdue))
    assert kinds(asked) == []
    sent = asked.when(HELD).sent
    assert [type(one) for one in sent] == [MessagePosted, InvitationSent] and kinds(asked) == ["invitation"]
    card = sent[1]
    assert isinstance(card, InvitationSent)
    assert (card.room_id, card.message_id, card.plan) == (ROOM, message_of("R", "invitation"), PLAN)


def test_there_is_no_card_without_a_hold() -> None:
    no = InvitationRefused(reservation_id="R", cast_id=AIKO, reason="slot_taken")
    spec = given().when(HoldRefused(reservation_id="R", cast_id=AIKO, reason="slot_taken")).then(no)
    assert kinds(spec) == []
    spec.when(WISH).then(no).when(InvitationOverdue(reservation_id="R", cast_id=AIKO), now=NOON + PATIENCE).then()


def test_when_booking_is_silent_the_invitation_is_refused_and_a_late_hold_withdrawn() -> None:
    no = InvitationRefused(reservation_id="R", cast_id=AIKO, reason="booking_timeout")
    back = WithdrawReservation(reservation_id="R", cast_id=AIKO, beforehand=True)
    spec = given().when(InvitationOverdue(reservation_id="R", cast_id=AIKO), now=NOON + PATIENCE).then(back, no)
    assert kinds(spec.when(HELD).when(WITHDRAWN)) == []


def test_the_seal_is_posted_exactly_once() -> None:
    spec = given().when(HELD).when(CONFIRMED, CONFIRMED).when(CONFIRMED)
    assert kinds(spec) == ["invitation", "seal"]
    card = spec.row(Invitation, "R")
    assert card and (card.status, card.version) == ("confirmed", 2)


@pytest.mark.parametrize("order", list(permutations([HELD, CONFIRMED, CANCELLED])))
def test_late_events_never_win(order: tuple[ReservationChanged, ...]) -> None:
    spec = given()
    for one in order:
        spec.when(one)
    assert kinds(spec) == ["invitation", "seal", "closed"]
    card = spec.row(Invitation, "R")
    assert card and card.status == "cancelled_by_guest"


MISSED = changed(ReservationMissed, "no_show_guest", 3)


@pytest.mark.req("S1-42")
def test_a_card_shows_that_its_guest_did_not_come() -> None:
    spec = given().when(HELD).when(CONFIRMED).when(MISSED)
    card, closed = spec.row(Invitation, "R"), spec.row(Message, message_of("R", "closed"))
    assert kinds(spec) == ["invitation", "seal", "closed"]
    assert card and closed and (card.status, closed.sender_id) == ("no_show_guest", AIKO)


@pytest.mark.parametrize(("event", "sender"), [(EXPIRED, ""), (WITHDRAWN, AIKO)])
def test_a_card_that_is_over_says_who_closed_it(event: ReservationChanged, sender: str) -> None:
    spec = given().when(HELD, event)
    closed = spec.row(Message, message_of("R", "closed"))
    assert closed and (closed.number, closed.sender_id) == (2, sender)


def post(number: int, sender_id: str = GUEST, room_id: str = ROOM) -> PostMessage:
    return PostMessage(room_id=room_id, message_id=f"M{number}", sender_id=sender_id, text=BOX)


@pytest.mark.req("S1-30")
def test_a_message_is_posted_once_and_told_again() -> None:
    spec = given().when(HELD).when(post(1), post(1)).when(post(1))
    assert kinds(spec) == ["invitation", "text"] and [type(one) for one in spec.sent] == [MessagePosted]


@pytest.mark.req("S1-30")
@pytest.mark.parametrize("command", [post(1, "guest-2"), post(1, room_id="unknown")])
def test_only_members_write(command: PostMessage) -> None:
    given().when(HELD).when(command).then(MessageRefused(room_id=command.room_id, reason="unknown_room"))


def test_nobody_takes_the_id_of_anothers_message() -> None:
    spec = given().when(HELD).when(post(1)).when(post(1, AIKO))
    spec.then(MessageRefused(room_id=ROOM, reason="unknown_room"))


EVENTS: st.SearchStrategy[AnyMessage] = st.one_of(
    st.sampled_from([HELD, CONFIRMED, CANCELLED]), st.builds(post, st.integers(1, 5), st.sampled_from([AIKO, GUEST]))
)


@settings(max_examples=200, deadline=None)
@anything(st.lists(EVENTS, max_size=20), st.integers(1, 20))
def test_numbers_have_no_gap_and_nothing_comes_twice(history: list[AnyMessage], size: int) -> None:
    at_once, singly = given(), given()
    for n in range(0, len(history), size):
        at_once.when(*history[n : n + size])
    for one in history:
        singly.when(one)
    assert at_once.rows == singly.rows
    counted = Counter(kinds(singly))
    assert max((counted[kind] for kind in ("invitation", "seal", "closed")), default=0) <= 1
