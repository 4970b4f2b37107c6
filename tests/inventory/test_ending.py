"""How a reservation ends: sold, given back, expired; and how a sale is undone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.inventory import (
    ConfirmReservation,
    ExpireReservation,
    MovedLine,
    OrderStockMoved,
    ReleaseReservation,
    ReservationConfirmed,
    ReservationExpired,
    ReservationReleased,
    ReturnStock,
    StockReturned,
)
from infra.spec import NOON
from tests.inventory.words import LATER, given, refused, reservation, reserve, shop, stock, timer
from workers.inventory.rules.state import Movement, derived

pytestmark = pytest.mark.req("S3-11", "S3-16", "S3-17")

CONFIRMED = ReservationConfirmed(order_id="A", customer_id="CUST-001")
RELEASED = ReservationReleased(order_id="A", customer_id="CUST-001")
EXPIRED = ReservationExpired(order_id="A", customer_id="CUST-001")
RETURNED = StockReturned(order_id="A", customer_id="CUST-001")


def moved(reason: Any, quantity: int, on_hand: int, reserved: int = 0, sku: str = "CUP") -> OrderStockMoved:
    line = MovedLine(sku=sku, quantity=quantity, on_hand=on_hand, reserved=reserved, available=on_hand - reserved)
    return OrderStockMoved(order_id="A", customer_id="CUST-001", reason=reason, lines=(line,))


def test_confirming_turns_the_hold_into_a_sale() -> None:
    given(stock("CUP", 5, 3), reservation("A", CUP=2)).when(ConfirmReservation(order_id="A")).then(
        moved("sale", -2, on_hand=3, reserved=1), CONFIRMED
    ).leaves(
        stock("CUP", 3, 1),
        reservation("A", "confirmed", CUP=2),
        Movement(derived("sale", "A", "CUP"), "CUP", -2, "sale", "A", "", NOON),
    )


def test_confirming_stops_the_timer() -> None:
    shop(CUP=5).when(reserve("A", CUP=2), ConfirmReservation(order_id="A"))
    spec = shop(CUP=5).when(reserve("A", CUP=2))
    assert timer("A") in spec.sent
    spec.when(ConfirmReservation(order_id="A"))
    assert timer("A") not in spec.sent


@pytest.mark.req("S3-57")
def test_confirming_twice_sells_once() -> None:
    given(stock("CUP", 3), reservation("A", "confirmed", CUP=2)).when(ConfirmReservation(order_id="A")).then(CONFIRMED).leaves(
        stock("CUP", 3)
    )


@pytest.mark.req("S3-17")
def test_a_confirmation_past_the_time_is_refused_before_the_timer_rings() -> None:
    given(stock("CUP", 5, 2), reservation("A", CUP=2)).when(ConfirmReservation(order_id="A"), now=LATER).then(
        EXPIRED, refused("A", "reservation_expired")
    ).leaves(stock("CUP", 5), reservation("A", "expired", CUP=2))


def test_a_confirmation_after_the_timer_is_refused_too() -> None:
    given(stock("CUP", 5), reservation("A", "expired", CUP=2)).when(ConfirmReservation(order_id="A")).then(
        refused("A", "reservation_expired")
    )


def test_only_what_is_held_can_be_confirmed() -> None:
    given(reservation("A", "released", CUP=2)).when(ConfirmReservation(order_id="A")).then(refused("A", "invalid_state"))
    given().when(ConfirmReservation(order_id="A")).then(refused("A", "invalid_state", customer_id=""))


@pytest.mark.req("S3-54")
def test_release_gives_back_and_stops_the_timer() -> None:
    shop(CUP=3).when(reserve("A", CUP=2)).when(ReleaseReservation(order_id="A")).then(RELEASED).leaves(
        stock("CUP", 3, low=False), reservation("A", "released", CUP=2)
    )


@pytest.mark.req("S3-57")
def test_releasing_twice_gives_back_once() -> None:
    given(stock("CUP", 3), reservation("A", "released", CUP=2)).when(ReleaseReservation(order_id="A")).then(RELEASED).leaves(
        stock("CUP", 3)
    )


def test_releasing_what_has_expired_changes_nothing_and_lets_the_saga_go_on() -> None:
    given(stock("CUP", 3), reservation("A", "expired", CUP=2)).when(ReleaseReservation(order_id="A")).then(RELEASED).leaves(
        stock("CUP", 3), reservation("A", "expired", CUP=2)
    )


def test_what_is_sold_cannot_be_released() -> None:
    given(stock("CUP", 3), reservation("A", "confirmed", CUP=2)).when(ReleaseReservation(order_id="A")).then(
        refused("A", "invalid_state")
    ).leaves(stock("CUP", 3))


@pytest.mark.req("S3-17")
def test_the_timer_gives_back_once() -> None:
    held = given(stock("CUP", 3, 2), reservation("A", CUP=2))
    held.when(ExpireReservation(order_id="A"), now=LATER).then(EXPIRED).leaves(stock("CUP", 3))
    held.when(ExpireReservation(order_id="A"), now=LATER).then().leaves(stock("CUP", 3))


def test_a_timer_that_rings_too_early_rings_again() -> None:
    ring = ExpireReservation(order_id="A", category="kitchen")
    given(stock("CUP", 3, 2), reservation("A", CUP=2)).when(ring, now=LATER - timedelta(milliseconds=5)).then(timer("A"))


def test_a_late_timer_leaves_what_was_sold() -> None:
    given(stock("CUP", 3), reservation("A", "confirmed", CUP=2)).when(ExpireReservation(order_id="A"), now=LATER).then()


@pytest.mark.req("S3-57")
def test_a_cancelled_sale_is_put_back_once() -> None:
    """Cancelling after confirming is a movement of its own."""
    sold = given(stock("CUP", 3), reservation("A", "confirmed", CUP=2))
    sold.when(ReturnStock(order_id="A")).then(moved("return", 2, on_hand=5), RETURNED).leaves(stock("CUP", 5))
    sold.when(ReturnStock(order_id="A")).then(RETURNED).leaves(stock("CUP", 5))


def test_what_is_only_held_is_released_and_not_returned() -> None:
    given(stock("CUP", 3, 2), reservation("A", CUP=2)).when(ReturnStock(order_id="A")).then(refused("A", "invalid_state")).leaves(
        stock("CUP", 3, 2)
    )


def test_a_return_that_comes_before_everything_closes_the_order() -> None:
    closed = shop(CUP=3).when(ReturnStock(order_id="A"))
    closed.then(StockReturned(order_id="A"))
    closed.when(reserve("A", CUP=1)).then(refused("A", "invalid_state", customer_id=""))
