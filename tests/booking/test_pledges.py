"""The pledge, as facts: long enough, once, by its guest, for one of all who want the time (S1-41, S1-65, S1-66)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.booking import (
    PledgeBegun,
    ReservationCancelled,
    ReservationConfirmed,
    ReservationExpired,
    ReservationWithdrawn,
)
from infra.spec import NOON
from tests.booking.words import (
    AIKO,
    at,
    booked,
    cancel,
    decline,
    diary_of,
    draft,
    expire,
    given,
    pledge,
    press,
    pressed,
    refused,
    withdraw,
)
from workers.booking.rules.pledges import LONGEST, SHORTEST
from workers.booking.rules.state import Reservation

pytestmark = pytest.mark.req("S1-41", "S1-65", "S1-66", "S1-67")

SECOND = timedelta(seconds=1)


def test_a_press_is_given_a_token_and_a_window() -> None:
    begun = PledgeBegun(
        reservation_id="A", cast_id=AIKO, pledge_token="T-A", not_before=NOON + SHORTEST, not_after=NOON + LONGEST
    )
    given(*diary_of(draft("A"))).when(press("A")).then(begun).leaves(pressed("A", seconds_ago=0))


def test_a_long_press_makes_a_booking() -> None:
    done = booked("A").told(ReservationConfirmed)
    given(*diary_of(pressed("A"))).when(pledge("A")).then(done).leaves(booked("A")).when(pledge("A")).then(done)


def test_a_press_that_is_too_short_must_begin_anew() -> None:
    spec = given(*diary_of(pressed("A", seconds_ago=1.4))).when(pledge("A")).then(refused("A", "held_too_short"))
    spec.leaves(draft("A")).when(pledge("A"), now=NOON + SECOND).then(refused("A", "pledge_token_invalid"))
    spec.when(press("A", "U"), now=NOON + SECOND).when(pledge("A", "U"), now=NOON + SECOND + SHORTEST)
    assert [type(one) for one in spec.sent] == [ReservationConfirmed]


@pytest.mark.parametrize(("token", "seconds_ago"), [("T", 60.1), ("U", 2)], ids=["too old", "of another press"])
def test_a_token_is_of_one_press_and_does_not_last(token: str, seconds_ago: float) -> None:
    spec = given(*diary_of(pressed("A", seconds_ago=seconds_ago)))
    spec.when(pledge("A", token)).then(refused("A", "pledge_token_invalid")).leaves(draft("A"))


def test_a_token_of_one_invitation_is_worth_nothing_for_another() -> None:
    both = diary_of(pressed("A"), pressed("B", 9, guest_id="guest-A"))
    stolen = pledge("B", guest_id="guest-A").model_copy(update={"pledge_token": "T-A"})
    given(*both).when(stolen).then(refused("B", "pledge_token_invalid"))


@pytest.mark.parametrize("wish", [press("A", guest_id="guest-B"), pledge("A", guest_id="guest-B"), press("C"), pledge("C")])
def test_what_is_somebody_elses_is_like_what_does_not_exist(wish: object) -> None:
    name = wish.reservation_id  # type: ignore[attr-defined]
    spec = given(*diary_of(pressed("A"))).when(wish).then(refused(name, "unknown_reservation", ""))  # type: ignore[arg-type]
    spec.leaves(pressed("A"))


@pytest.mark.parametrize("wish", [press("A"), pledge("A")])
def test_a_pledge_after_its_time_is_refused_before_the_timer_rings(wish: object) -> None:
    over = draft("A", until=NOON, status="expired", version=2)
    spec = given(*diary_of(pressed("A", until=NOON))).when(wish)  # type: ignore[arg-type]
    spec.then(over.told(ReservationExpired), refused("A", "invitation_expired")).leaves(over)
    spec.when(wish).then(refused("A", "invitation_expired"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("first", "reason"), [(withdraw("A"), "invitation_withdrawn"), (decline("A"), "invalid_state"), (expire("A"), None)]
)
def test_against_withdrawal_and_decline_the_first_wins(first: object, reason: str | None) -> None:
    spec = given(*diary_of(pressed("A"))).when(first, pledge("A"))  # type: ignore[arg-type]
    if reason:
        assert spec.sent[-1] == refused("A", reason)
    else:
        assert spec.sent[0] == booked("A").told(ReservationConfirmed)
    spec = given(*diary_of(pressed("A"))).when(pledge("A"), first).leaves(booked("A"))  # type: ignore[arg-type]


def test_who_pledges_first_gets_the_time_and_the_other_drafts_end() -> None:
    """B overlaps A, D begins when A ends."""
    spec = given(*diary_of(pressed("A"), pressed("B", 7), pressed("D", 8))).when(pledge("A"), pledge("B"), pledge("D"))
    over = draft("B", 7, status="withdrawn", reason="slot_taken", version=2)
    spec.then(
        booked("A").told(ReservationConfirmed),
        over.told(ReservationWithdrawn, reason="slot_taken"),
        refused("B", "slot_taken"),
        booked("D", 8).told(ReservationConfirmed),
    ).leaves(over, booked("A"), booked("D", 8))


def test_a_guest_cannot_be_at_two_places() -> None:
    elsewhere = booked("B", 7, cast_id="cast-other", guest_id="guest-A")
    spec = given(*diary_of(pressed("A"), elsewhere)).when(pledge("A")).then(refused("A", "guest_busy")).leaves(draft("A"))
    spec.when(cancel("B", "guest-A"), press("A", "U")).when(pledge("A", "U"), now=NOON + SHORTEST)
    assert spec.sent == [replace(booked("A"), updated_at=NOON + SHORTEST).told(ReservationConfirmed)]


@pytest.mark.parametrize(("person", "status"), [("guest-A", "cancelled_by_guest"), (AIKO, "cancelled_by_cast")])
def test_a_booking_is_cancelled_by_either_and_its_time_is_free_again(person: str, status: str) -> None:
    over = draft("A", status=status, version=3)
    spec = given(*diary_of(booked("A"))).when(cancel("A", person)).then(over.told(ReservationCancelled)).leaves(over)
    spec.when(cancel("A", person)).then(over.told(ReservationCancelled))
    assert list(spec.rows) == [(Reservation, "A")]


def test_a_booking_that_has_begun_is_cancelled_no_more() -> None:
    spec = given(*diary_of(booked("A"))).when(cancel("A", AIKO), now=at(6)).then(refused("A", "invalid_state"))
    spec.when(cancel("A", "cast-other")).then(refused("A", "unknown_reservation", ""))
