"""Orders confirmed without asking inventory are taken from stock afterwards."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from contracts.inventory import MovedLine, OrderStockMoved, ReleaseReservation, ReturnStock, StockOversold, StockReturned
from contracts.money import Price
from contracts.order import OrderDegraded
from contracts.sealed import Sealed
from contracts.shipping import Destination
from infra.spec import NOON, Spec
from tests.inventory.words import given, priced_lines, product, refused, reservation, reserve, shop, stock
from workers.inventory.rules.state import Oversold, Reservation, Stock, derived

pytestmark = pytest.mark.req("S3-92")

DESTINATION = Destination(postal_code="100-0001", prefecture="JP-13", recipient=Sealed(to="shipping", box="c2VhbGVk"))


def confirmed(modes: Any = ("skip_stock_check",), **quantities: int) -> OrderDegraded:
    return OrderDegraded(
        order_id="A", customer_id="CUST-001", lines=priced_lines(**quantities), modes=modes,
        total=Price(amount=100, currency="JPY"), payment_method="wallet", destination=DESTINATION,
    )  # fmt: skip


def sold(quantity: int, on_hand: int, sku: str = "CUP") -> OrderStockMoved:
    line = MovedLine(sku=sku, quantity=-quantity, on_hand=on_hand, reserved=0, available=on_hand)
    return OrderStockMoved(order_id="A", customer_id="CUST-001", reason="sale", lines=(line,))


def lacking(quantity: int, sku: str = "CUP") -> Oversold:
    return Oversold(derived("oversold", "A", sku), "A", sku, quantity, NOON)


def the_stock(spec: Spec) -> Stock:
    found = spec.row(Stock, "CUP")
    assert found
    return found


def test_an_order_that_asked_inventory_is_not_sold_again() -> None:
    shop(CUP=5).when(confirmed(modes=("pay_later",), CUP=2)).then()


def test_what_there_is_is_sold() -> None:
    shop(CUP=5).when(confirmed(CUP=2)).then(sold(2, on_hand=3)).leaves(stock("CUP", 3, low=False))


def test_what_there_is_not_is_recorded() -> None:
    given(product("CUP"), stock("CUP", 5)).when(confirmed(CUP=7, MOON=1)).leaves(stock("CUP", 0), lacking(2), lacking(1, "MOON"))


def test_the_rest_is_told() -> None:
    event = StockOversold(order_id="A", customer_id="CUST-001", sku="CUP", quantity=2)
    assert event in given(product("CUP"), stock("CUP", 5)).when(confirmed(CUP=7)).sent


def test_what_others_hold_is_not_sold() -> None:
    given(product("CUP"), stock("CUP", 5, 4), reservation("B", CUP=4)).when(confirmed(CUP=2)).leaves(
        stock("CUP", 4, 4), lacking(1)
    )


@pytest.mark.req("S3-57")
def test_telling_twice_sells_once() -> None:
    told = shop(CUP=5).when(confirmed(CUP=2))
    told.when(confirmed(CUP=2)).then().leaves(stock("CUP", 3, low=False))


def test_cancelling_the_order_puts_back_what_was_sold_and_forgets_the_rest() -> None:
    order = given(product("CUP"), stock("CUP", 5)).when(confirmed(CUP=7))
    order.when(ReturnStock(order_id="A"))
    assert order.sent[-1] == StockReturned(order_id="A", customer_id="CUST-001")
    assert the_stock(order).on_hand == 5
    assert order.row(Oversold, lacking(2).key) is None


def test_a_cancellation_that_comes_first_prevents_the_sale() -> None:
    """The two are in different lanes when inventory has been away."""
    order = shop(CUP=5).when(ReturnStock(order_id="A"))
    order.when(confirmed(CUP=2)).then().leaves(stock("CUP", 5, low=False))


@pytest.mark.parametrize("order", list(permutations(["reserve", "release", "confirmed"])))
def test_a_saga_that_asked_and_gave_up_ends_in_one_sale_in_any_order(order: tuple[str, ...]) -> None:
    messages = {
        "reserve": reserve("A", CUP=2), "release": ReleaseReservation(order_id="A"), "confirmed": confirmed(CUP=2)
    }  # fmt: skip
    spec = shop(CUP=5)
    for name in order:
        spec.when(messages[name])
    found = the_stock(spec)
    assert (found.on_hand, found.reserved) == (3, 0)
    kept = spec.row(Reservation, "A")
    assert kept and kept.status == "confirmed"


def test_a_late_reservation_of_it_is_refused() -> None:
    shop(CUP=5).when(confirmed(CUP=2)).when(reserve("A", CUP=2)).then(refused("A", "invalid_state"))
