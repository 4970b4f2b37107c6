"""No-shows, as facts: told by who was there, in time, once (S1-42)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from contracts.booking import ReservationMissed, ReservationStatus
from tests.booking.words import AIKO, at, booked, cancel, diary_of, draft, given, missing, pledge, press, refused

pytestmark = pytest.mark.req("S1-42")

BEGUN, OVER = at(6), at(8)
QUARTER, SECOND, WEEK = timedelta(minutes=15), timedelta(seconds=1), timedelta(days=7)


@pytest.mark.parametrize(("who", "status"), [(AIKO, "no_show_guest"), ("guest-A", "no_show_cast")])
@pytest.mark.parametrize("when", [BEGUN + QUARTER, OVER + WEEK], ids=["first moment", "last moment"])
def test_who_was_there_says_that_the_other_was_not(who: str, status: ReservationStatus, when: datetime) -> None:
    missed = replace(booked("A"), status=status, updated_at=when, version=3)
    spec = given(*diary_of(booked("A"))).when(missing("A", who), now=when)
    spec.then(missed.told(ReservationMissed)).leaves(missed)
    spec.when(missing("A", who), now=when).then(missed.told(ReservationMissed)).leaves(missed)


def test_the_first_word_counts() -> None:
    spec = given(*diary_of(booked("A"))).when(missing("A"), now=OVER)
    spec.when(missing("A", "guest-A"), now=OVER).then(refused("A", "invalid_state"))


@pytest.mark.parametrize(("when", "reason"), [(BEGUN + QUARTER - SECOND, "too_early"), (OVER + WEEK + SECOND, "invalid_state")])
def test_it_has_its_time(when: datetime, reason: str) -> None:
    given(*diary_of(booked("A"))).when(missing("A"), now=when).then(refused("A", reason)).leaves(booked("A"))


@pytest.mark.parametrize("status", ["expired", "withdrawn", "declined", "cancelled_by_guest", "cancelled_by_cast"])
def test_only_what_was_booked_can_be_missed(status: str) -> None:
    given(*diary_of(draft("A", status=status))).when(missing("A"), now=OVER).then(refused("A", "invalid_state"))


def test_a_stranger_learns_nothing() -> None:
    spec = given(*diary_of(booked("A"))).when(missing("A", "guest-B"), now=OVER)
    spec.then(refused("A", "unknown_reservation", "")).when(missing("B"), now=OVER).then(refused("B", "unknown_reservation", ""))


def test_what_was_missed_is_over() -> None:
    spec = given(*diary_of(booked("A"))).when(missing("A"), now=OVER)
    for wish in (cancel("A", AIKO), press("A"), pledge("A")):
        spec.when(wish, now=OVER).then(refused("A", "invalid_state"))
