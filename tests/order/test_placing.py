"""Placing an order twice, and the copy of the product master."""

from datetime import timedelta
from typing import Any

import pytest

from contracts.inventory import Line, ProductChanged, ProductRegistered
from contracts.order import OrderRefused
from infra.spec import NOON, Spec
from tests.order.words import (
    CANCEL,
    CONFIRMED,
    ITO,
    NO_STOCK,
    ORDER,
    PLACE,
    PLACED,
    RESERVE,
    YEN_450,
    A,
    arranged,
    confirmed,
    failed,
    order,
    placed,
    shop,
    within,
)  # fmt: skip
from workers.order import group
from workers.order.rules.order import Listing

ANOTHER = PLACE.model_copy(update={"customer_id": "CUST-002"})
MORE = PLACE.model_copy(update={"lines": (Line(sku="CUP", quantity=3),)})
TAKEN = OrderRefused(**ORDER, reason="already_exists")


@pytest.mark.req("S3-57", "S3-58")
def test_the_same_order_again_is_not_decided_again() -> None:
    placed().when(PLACE).then()
    saga = placed().when(NO_STOCK)
    saga.when(PLACE).then(failed("reserve", "insufficient_stock"))
    confirmed().when(PLACE).then(CONFIRMED)
    shop().when(PLACE, PLACE).then(PLACED, RESERVE, within(30, "reserve", 1))


def test_an_order_on_two_lines_is_the_same_wish_as_on_one() -> None:
    cup = Line(sku="CUP", quantity=1)
    confirmed().when(PLACE.model_copy(update={"lines": (cup, cup)})).then(CONFIRMED)


@pytest.mark.req("S3-58")
def test_an_order_id_is_taken_once() -> None:
    placed().when(ANOTHER).then(OrderRefused(order_id=A, customer_id="CUST-002", reason="already_exists"))
    placed().when(MORE).then(TAKEN)
    confirmed().when(CANCEL).when(PLACE).then(TAKEN)


def test_events_of_an_order_are_numbered() -> None:
    assert order(placed()).sequence == 1
    assert order(arranged()).sequence == 1
    assert order(confirmed()).sequence == 2


def test_a_new_order_starts_at_the_time_it_is_decided() -> None:
    saga = shop().when(PLACE, now=NOON + timedelta(hours=1))
    assert order(saga).placed_at == NOON + timedelta(hours=1) and order(saga).customer_id == ITO


@pytest.mark.req("S3-61", "X-9")
def test_the_product_master_is_copied() -> None:
    told: dict[str, Any] = {"sku": "CUP", "name": "Cup", "unit_price": YEN_450, "low_stock_threshold": 1}
    spec = Spec(group).when(ProductRegistered(**told, category="kitchen"))
    spec.when(ProductChanged(**told, category="table")).leaves(Listing("CUP", "table", "Cup", 450, "JPY"))


def test_an_unknown_product_is_routed_by_nothing() -> None:
    Spec(group).when(PLACE).then(PLACED, RESERVE.model_copy(update={"category": ""}), within(30, "reserve", 1))
