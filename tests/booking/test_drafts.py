"""Drafts, as facts: held, expired, withdrawn, declined (S1-61, S1-71)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from contracts.booking import (
    PlanSnapshot,
    ReservationDeclined,
    ReservationExpired,
    ReservationHeld,
    ReservationWithdrawn,
)
from contracts.money import Price
from contracts.offer import PlanPublished
from infra.spec import NOON
from tests.booking.words import (
    AIKO,
    at,
    booked,
    decline,
    diary_of,
    draft,
    expire,
    given,
    hold,
    plan,
    refused,
    timer,
    unheld,
    withdraw,
)
from workers.booking.rules.diary import MOST
from workers.booking.rules.state import Day, Plan, Reservation

pytestmark = pytest.mark.req("S1-40", "S1-61", "S1-71", "S1-72")


@pytest.mark.req("S1-46")
def test_a_draft_holds_a_slot_at_the_price_of_its_day() -> None:
    spec = given(plan(6)).when(hold("A")).then(draft("A").told(ReservationHeld), timer("A", at(1))).leaves(draft("A"))
    dearer = PlanPublished(
        plan_id="P", cast_id=AIKO, name="New", minutes=60, price=Price(amount=30_000, currency="JPY"), slots=(at(6),),
        active=True, version=2,
    )  # fmt: skip
    held = spec.when(dearer).row(Reservation, "A")
    assert held and held.told(ReservationHeld).plan == PlanSnapshot(
        plan_id="P", name="夜のお散歩", minutes=120, price=Price(amount=20_000, currency="JPY")
    )


@pytest.mark.req("S1-24")
def test_an_older_plan_that_comes_late_changes_nothing() -> None:
    def published(version: int) -> PlanPublished:
        price = Price(amount=version, currency="JPY")
        return PlanPublished(
            plan_id="P", cast_id=AIKO, name="N", minutes=60, price=price, slots=(), active=True, version=version
        )  # fmt: skip

    kept = given().when(published(3), published(2)).row(Plan, "P")
    assert kept and kept.amount == 3


def test_asked_for_again_it_is_told_again_and_held_once() -> None:
    spec = given(plan(6)).when(hold("A"), hold("A"))
    assert spec.sent == [draft("A").told(ReservationHeld)] * 2 + [timer("A", at(1))]


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (hold("A", plan_id="none"), "unknown_plan"),
        (hold("A", cast_id="cast-other"), "unknown_plan"),
        (hold("A", 7), "not_offered"),
        (hold("A", -3), "not_offered"),
        (hold("A", None), "not_offered"),
        (hold("A", None, day=date(2031, 1, 1)), "not_offered"),
        (hold("A", 14), "slot_taken"),
    ],
)
def test_what_cannot_be_held_is_refused(wish: object, reason: str) -> None:
    spec = given(plan(-3, 6, 14), *diary_of(booked("B", 13)))
    spec.when(wish)  # type: ignore[arg-type]
    assert [one.reason for one in spec.sent] == [reason]  # type: ignore[union-attr]
    assert spec.row(Reservation, "A") is None


def test_a_plan_that_is_not_active_is_booked_no_longer() -> None:
    given(replace(plan(6), active=False)).when(hold("A")).then(unheld("A", "not_offered"))


@pytest.mark.req("S1-60")
def test_a_day_means_its_first_free_slot_in_japan() -> None:
    """NOON is 21:00 there, so that four hours later it is tomorrow."""
    spec = given(plan(1, 4, 7, 10), *diary_of(draft("B", 4), booked("C", 7)))
    for name, hour in (("A", 10), ("D", 4)):
        held = spec.when(hold(name, None, day=date(2030, 1, 2))).row(Reservation, name)
        assert held and held.starts_at == at(hour)


def test_several_guests_may_be_invited_to_one_slot_up_to_a_limit() -> None:
    full = Day(f"cast/{AIKO}/2030-01-01", given(plan(6)).when(*(hold(f"H{n}") for n in range(MOST))).rows[
        Day, f"cast/{AIKO}/2030-01-01"
    ].entries)  # type: ignore[attr-defined]  # fmt: skip
    given(plan(6), full).when(hold("A")).then(unheld("A", "too_many_invitations"))


def test_a_hold_never_outlasts_the_beginning_of_its_slot() -> None:
    held = given(plan(6)).when(hold("A", seconds=7 * 24 * 3600)).row(Reservation, "A")
    assert held and held.expires_at == at(6)


@pytest.mark.req("S1-71")
def test_the_timer_ends_a_draft_and_frees_its_time() -> None:
    over = draft("A", status="expired", version=2, updated_at=at(1))
    spec = given(*diary_of(draft("A"))).when(expire("A"), now=at(1)).then(over.told(ReservationExpired)).leaves(over)
    assert not [row for kind, row in spec.rows.items() if kind[0] is Day]
    spec.when(expire("A"), now=at(2)).then()


def test_a_timer_that_rings_too_early_rings_again() -> None:
    given(*diary_of(draft("A"))).when(expire("A"), now=at(1) - timedelta(seconds=1)).then(timer("A", at(1)))


def test_a_cast_takes_an_invitation_back() -> None:
    over = draft("A", status="withdrawn", reason="cast", version=2)
    told = over.told(ReservationWithdrawn, reason="cast")
    given(*diary_of(draft("A"))).when(withdraw("A")).then(told).leaves(over).when(withdraw("A")).then(told)


def test_a_guest_declines() -> None:
    over = draft("A", status="declined", version=2)
    told = over.told(ReservationDeclined)
    given(*diary_of(draft("A"))).when(decline("A")).then(told).leaves(over).when(decline("A")).then(told)


def test_a_withdrawal_that_comes_first_refuses_the_late_draft() -> None:
    spec = given(plan(6)).when(withdraw("A", beforehand=True))
    assert [type(one) for one in spec.sent] == [ReservationWithdrawn]
    spec.when(hold("A")).then(unheld("A", "invalid_state"))


@pytest.mark.parametrize("wish", [withdraw("A", cast_id="cast-other"), decline("A", "guest-B"), withdraw("B"), decline("B")])
def test_what_is_somebody_elses_is_like_what_does_not_exist(wish: object) -> None:
    name = wish.reservation_id  # type: ignore[attr-defined]
    spec = given(*diary_of(draft("A"))).when(wish).then(refused(name, "unknown_reservation", ""))  # type: ignore[arg-type]
    spec.leaves(draft("A"))


@pytest.mark.parametrize("wish", [withdraw("A"), decline("A")])
def test_whoever_comes_too_late_ends_the_draft_in_place_of_its_timer(wish: object) -> None:
    over = draft("A", status="expired", version=2, updated_at=at(1))
    spec = given(*diary_of(draft("A"))).when(wish, now=at(1))  # type: ignore[arg-type]
    spec.then(over.told(ReservationExpired), refused("A", "invitation_expired")).leaves(over)


@pytest.mark.parametrize("wish", [withdraw("A"), decline("A")])
def test_a_booking_is_neither_withdrawn_nor_declined(wish: object) -> None:
    given(*diary_of(booked("A"))).when(wish).then(refused("A", "invalid_state")).leaves(booked("A"))  # type: ignore[arg-type]


def test_now_is_noon() -> None:
    """The other facts count on it."""
    assert at(0) == NOON
