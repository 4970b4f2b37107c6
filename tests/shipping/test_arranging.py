"""A shipment is arranged once, by the carrier or by hand, and cancelled before pick-up only."""

from __future__ import annotations

from itertools import permutations

import pytest

from contracts.shipping import CancellationRefused, Destination, ShipmentArranged
from tests.shipping.words import (
    NUMBER,
    SEALED,
    SHIPMENT,
    arrange,
    arranged,
    at,
    cancel,
    cancelled,
    confirmed,
    given,
    known,
    moved,
    order_cancelled,
    refused,
    shipment,
)
from workers.shipping.rules import tracking
from workers.shipping.rules.state import Reference, Shipment

pytestmark = pytest.mark.req("S3-30", "S3-34", "S3-94")


def to(postal_code: str, prefecture: str) -> Destination:
    return Destination(postal_code=postal_code, prefecture=prefecture, recipient=SEALED)


@pytest.mark.req("S3-30", "S3-32", "S3-34", "S3-75")
def test_a_shipment_is_arranged_with_number_and_day() -> None:
    """The recipient stays sealed."""
    given().when(arrange()).then(arranged()).leaves(shipment(), Reference(SHIPMENT, "A"), Reference(NUMBER, "A"))


@pytest.mark.req("S3-57")
def test_arranging_again_is_answered_again() -> None:
    known().when(arrange()).then(arranged())
    known("in_transit", at(1)).when(arrange()).then(arranged())


@pytest.mark.req("S3-32", "S3-58")
def test_a_number_that_is_taken_is_given_to_nobody_else() -> None:
    spec = given(Reference(NUMBER, "OTHER")).when(arrange())
    (told,) = spec.sent
    assert isinstance(told, ShipmentArranged)
    assert told.tracking_number == tracking.candidate("A", 1)
    spec.leaves(Reference(NUMBER, "OTHER"), Reference(told.tracking_number, "A"))


@pytest.mark.req("S3-35")
def test_a_postcode_of_another_prefecture_is_refused() -> None:
    given().when(arrange(destination=to("530-0001", "JP-13"))).then(refused("invalid_address"))
    given().when(arrange(destination=to("000-0000", "JP-01"))).then(refused("invalid_address"))


def test_islands_that_the_carrier_does_not_serve_are_undeliverable() -> None:
    for postal_code, prefecture in (("100-2101", "JP-13"), ("100-2211", "JP-13"), ("901-3805", "JP-47")):
        given().when(arrange(destination=to(postal_code, prefecture))).then(refused("undeliverable"))


def test_a_refused_order_may_be_arranged_when_it_is_asked_for_properly() -> None:
    given().when(arrange(destination=to("530-0001", "JP-13"))).when(arrange()).then(arranged())


def test_cancelling_before_pick_up() -> None:
    known().when(cancel()).then(cancelled()).leaves(shipment("cancelled"))
    known("manual").when(cancel()).then(cancelled())


@pytest.mark.req("S3-57")
def test_cancelling_twice_is_answered_twice() -> None:
    known("cancelled").when(cancel()).then(cancelled())


@pytest.mark.parametrize("status", ["picked_up", "in_transit", "out_for_delivery", "delivery_failed", "delivered", "returned"])
def test_what_has_left_is_not_cancelled(status: str) -> None:
    no = CancellationRefused(order_id="A", customer_id="CUST-001", reason="invalid_state")
    known(status, at(1)).when(cancel()).then(no).leaves(shipment(status, at(1)))


@pytest.mark.req("S3-55")
def test_a_cancellation_that_comes_first_refuses_the_late_arrangement() -> None:
    """A compensation may overtake its action."""
    given().when(cancel()).then(cancelled())
    given().when(cancel()).when(arrange()).then(refused("invalid_state"))


@pytest.mark.req("S3-94")
def test_an_order_confirmed_without_us_is_arranged_by_hand() -> None:
    given().when(confirmed("manual_shipping")).then(moved("manual", 0)).leaves(shipment("manual"), Reference(SHIPMENT, "A"))


def test_an_order_that_asked_us_is_not_arranged_by_hand() -> None:
    given().when(confirmed("pay_later")).then()
    known().when(confirmed()).then().leaves(shipment())


@pytest.mark.req("S3-57")
def test_being_told_twice_arranges_once() -> None:
    known("manual").when(confirmed("manual_shipping")).then()


@pytest.mark.parametrize("order", list(permutations(["arrange", "give up", "confirmed"])))
def test_an_arrangement_given_up_for_work_by_hand_ends_by_hand_in_any_order(order: tuple[str, ...]) -> None:
    messages = {
        "arrange": arrange(), "give up": cancel(arrangement_only=True), "confirmed": confirmed("manual_shipping")
    }  # fmt: skip
    spec = given()
    for name in order:
        spec.when(messages[name])
    assert _status(spec.row(Shipment, "A")) == "manual"


@pytest.mark.parametrize("order", list(permutations(["give up", "cancel", "confirmed"])))
def test_the_customers_cancellation_wins_in_any_order(order: tuple[str, ...]) -> None:
    """The order tells that it is cancelled after it told that it was confirmed: the two share a lane."""
    messages = {
        "give up": cancel(arrangement_only=True), "cancel": cancel(), "confirmed": confirmed("manual_shipping")
    }  # fmt: skip
    spec = given()
    for name in order:
        spec.when(messages[name])
    spec.when(order_cancelled())
    assert _status(spec.row(Shipment, "A")) == "cancelled"


def test_what_somebody_has_carried_away_by_hand_stays_so_when_the_order_is_cancelled() -> None:
    known("picked_up", at(1)).when(order_cancelled()).then()


def _status(found: Shipment | None) -> str:
    assert found
    return found.status
