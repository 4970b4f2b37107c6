"""Carrier events, twice and in any order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.shipping import RecordShipmentEvent, ShipmentEventRefused
from infra.spec import NOON
from tests.shipping.words import NUMBER, SHIPMENT, at, event, given, known, moved, recorded
from workers.shipping.rules.state import CarrierEvent, Shipment, carrier_event_id

pytestmark = pytest.mark.req("S3-31", "S3-33", "S3-36")

STATUSES = ("picked_up", "in_transit", "out_for_delivery", "delivered", "delivery_failed", "returned")


@pytest.mark.req("S3-31", "S3-36")
def test_the_ordinary_way() -> None:
    way = known()
    for hours, status in enumerate(("picked_up", "in_transit", "out_for_delivery", "delivered"), start=1):
        way.when(event(status, hours)).then(moved(status, hours), recorded(status))


@pytest.mark.req("S3-33")
def test_every_word_of_the_carrier_is_kept() -> None:
    known().when(event("picked_up", 1, "E1"), now=at(2)).leaves(
        CarrierEvent(carrier_event_id("A", "E1"), "A", "E1", "picked_up", at(1), at(2))
    )


@pytest.mark.req("S3-57", "S3-58")
def test_an_event_that_comes_twice_is_one_event() -> None:
    way = known().when(event("picked_up", 1, "E1"))
    way.when(event("picked_up", 1, "E1")).then(recorded("picked_up"))
    way.when(event("delivered", 9, "E1")).then(recorded("picked_up"))


def test_delivered_is_not_undone_by_a_late_in_transit() -> None:
    way = known().when(event("delivered", 5))
    way.when(event("in_transit", 2)).then(recorded("delivered"))
    way.when(event("in_transit", 9)).then(recorded("delivered"))


def test_a_failed_delivery_is_tried_again() -> None:
    """再配達."""
    way = known("delivery_failed", at(5))
    way.when(event("out_for_delivery", 7)).then(moved("out_for_delivery", 7), recorded("out_for_delivery"))
    way.when(event("delivered", 8)).then(moved("delivered", 8), recorded("delivered"))


def test_the_first_attempt_told_after_its_failure_changes_nothing() -> None:
    known("delivery_failed", at(5)).when(event("out_for_delivery", 4)).then(recorded("delivery_failed"))


def test_what_nobody_takes_is_returned() -> None:
    known("delivery_failed", at(5)).when(event("returned", 30)).then(moved("returned", 30), recorded("returned"))


@pytest.mark.req("S3-34")
def test_the_time_of_shipping_is_that_of_the_earliest_event() -> None:
    """ShippedAt."""
    row = known().when(event("delivered", 5), event("picked_up", 1)).row(Shipment, "A")
    assert row and (row.status, row.moved_at, row.shipped_at) == ("delivered", at(5), at(1))


@pytest.mark.req("S3-94")
def test_a_shipment_arranged_by_hand_moves_as_well() -> None:
    known("manual").when(event("picked_up", 1)).then(moved("picked_up", 1), recorded("picked_up"))


@pytest.mark.req("S3-32")
def test_a_carrier_may_name_its_own_number() -> None:
    known().when(event("picked_up", 1, name=NUMBER)).then(moved("picked_up", 1), recorded("picked_up", NUMBER))


def test_nothing_moves_that_is_cancelled_or_unknown() -> None:
    known("cancelled").when(event("picked_up", 1)).then(ShipmentEventRefused(shipment_id=SHIPMENT, reason="invalid_state"))
    given().when(event("picked_up", 1)).then(ShipmentEventRefused(shipment_id=SHIPMENT, reason="unknown_shipment"))


def test_a_time_without_a_zone_is_no_time() -> None:
    with pytest.raises(ValidationError):
        RecordShipmentEvent(shipment_id="S", event_id="E", status="delivered", at=datetime(2030, 1, 1))


@settings(max_examples=400, deadline=None)
@anything(st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(0, 1)), min_size=1, max_size=8), st.data())
@pytest.mark.req("S3-36")
def test_the_order_of_events_and_their_repetition_make_no_difference(events: list[tuple[Any, int]], data: st.DataObject) -> None:
    """The status is that of all events, as a set."""
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events), max_size=4))))
    assert _after(events) == _after(shuffled)


def _after(events: list[tuple[Any, int]]) -> Shipment | None:
    spec = known()
    for status, hours in events:
        spec.when(event(status, hours), now=NOON)
    spec.leaves()
    row = spec.row(Shipment, "A")
    return row and Shipment(**{name: getattr(row, name) for name in row.__slots__ if name != "sequence"})
