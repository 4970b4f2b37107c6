"""The product master, the ledger of stock and the alarm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.inventory import (
    MovementRefused,
    ProductChanged,
    ProductRefused,
    ProductRegistered,
    RegisterProduct,
    ReleaseReservation,
    ReplenishStock,
    ReservationExpired,
    ReservationReleased,
    StockLow,
    StockMoved,
)
from contracts.money import Price
from infra.spec import NOON
from tests.inventory.words import LATER, given, product, reservation, reserve, reserved, stock, timer
from workers.inventory.rules.state import Movement, Overdue, Stock

pytestmark = pytest.mark.req("S3-10", "S3-12", "S3-14", "S3-18")

CUP: dict[str, Any] = {
    "sku": "CUP", "name": "Cup", "category": "kitchen", "low_stock_threshold": 3,
    "unit_price": Price(amount=100, currency="JPY"),
}  # fmt: skip
CHEAPER = CUP | {"unit_price": Price(amount=90, currency="JPY")}
LOW = StockLow(sku="CUP", category="kitchen", available=3, threshold=3)


def move(quantity: int, reason: Any = "receive", movement_id: str = "M1") -> ReplenishStock:
    return ReplenishStock(movement_id=movement_id, sku="CUP", quantity=quantity, reason=reason, actor="clerk")


def moved(quantity: int, reason: Any, on_hand: int, reserved: int = 0, movement_id: str = "M1") -> StockMoved:
    return StockMoved(
        movement_id=movement_id, sku="CUP", category="kitchen", quantity=quantity, reason=reason,
        on_hand=on_hand, reserved=reserved, available=on_hand - reserved,
    )  # fmt: skip


@pytest.mark.req("S3-14")
def test_a_product_begins_with_an_empty_shelf_and_no_alarm() -> None:
    given().when(RegisterProduct(**CUP)).then(ProductRegistered(**CUP)).leaves(
        product("CUP", threshold=3), Stock("CUP", "kitchen", 3)
    )


@pytest.mark.req("S3-57")
def test_registering_the_same_again_is_the_same_answer() -> None:
    given(product("CUP", threshold=3)).when(RegisterProduct(**CUP)).then(ProductRegistered(**CUP))


def test_other_data_is_refused_unless_it_is_meant_to_replace() -> None:
    known = given(product("CUP", threshold=3), stock("CUP", 9, threshold=3))
    known.when(RegisterProduct(**CHEAPER)).then(ProductRefused(sku="CUP", category="kitchen", reason="already_exists")).leaves(
        product("CUP", threshold=3)
    )
    known.when(RegisterProduct(**CHEAPER, replace=True)).then(ProductChanged(**CHEAPER)).leaves(
        product("CUP", price=90, threshold=3)
    )


def test_replacing_moves_the_stock_to_the_new_category_and_keeps_its_quantities() -> None:
    other = CUP | {"category": "garden"}
    given(product("CUP", threshold=3), stock("CUP", 9, 2, threshold=3)).when(RegisterProduct(**other, replace=True)).then(
        ProductChanged(**other)
    ).leaves(replace(stock("CUP", 9, 2, threshold=3), category="garden"))


@pytest.mark.req("S3-18")
def test_a_threshold_raised_above_the_stock_is_a_crossing() -> None:
    higher = CUP | {"low_stock_threshold": 9}
    given(product("CUP", threshold=3), stock("CUP", 9, threshold=3)).when(RegisterProduct(**higher, replace=True)).then(
        ProductChanged(**higher), StockLow(sku="CUP", category="kitchen", available=9, threshold=9)
    )


@pytest.mark.req("S3-12")
def test_goods_received_are_on_hand() -> None:
    given(product("CUP"), stock("CUP", 1)).when(move(5)).then(moved(5, "receive", on_hand=6)).leaves(
        stock("CUP", 6), Movement("M1", "CUP", 5, "receive", None, "clerk", NOON)
    )


@pytest.mark.req("S3-57", "S3-58")
def test_a_movement_happens_once_and_is_told_again() -> None:
    once = given(stock("CUP", 1)).when(move(5))
    once.when(move(7)).then(moved(5, "receive", on_hand=6)).leaves(stock("CUP", 6))


def test_damage_counts_upwards_and_takes_away() -> None:
    given(stock("CUP", 5)).when(move(2, "damage")).then(moved(-2, "damage", on_hand=3)).leaves(stock("CUP", 3))


def test_an_adjustment_has_a_sign() -> None:
    given(stock("CUP", 5)).when(move(-2, "adjust")).then(moved(-2, "adjust", on_hand=3))
    given(stock("CUP", 5)).when(move(2, "adjust")).then(moved(2, "adjust", on_hand=7))


@pytest.mark.parametrize(("quantity", "reason"), [(0, "adjust"), (0, "receive"), (-1, "receive"), (-1, "damage")])
def test_a_movement_that_makes_no_sense_cannot_be_written_down(quantity: int, reason: str) -> None:
    with pytest.raises(ValidationError):
        move(quantity, reason)


def test_no_movement_takes_what_is_reserved() -> None:
    for reason, quantity in (("damage", 4), ("adjust", -4)):
        given(stock("CUP", 5, 2)).when(move(quantity, reason)).then(
            MovementRefused(sku="CUP", reason="insufficient_stock")
        ).leaves(stock("CUP", 5, 2))


@pytest.mark.req("S3-17")
def test_a_movement_may_take_what_an_overdue_hold_still_counts() -> None:
    held = given(stock("CUP", 5, 2), reservation("OLD", CUP=2), Overdue("CUP", ["OLD"]))
    held.when(move(4, "damage"), now=LATER).then(
        ReservationExpired(order_id="OLD", customer_id="CUST-001"), moved(-4, "damage", on_hand=1)
    )


def test_a_refused_movement_does_not_keep_holds_alive() -> None:
    held = given(stock("CUP", 5, 2), reservation("OLD", CUP=2), Overdue("CUP", ["OLD"]))
    held.when(move(6, "damage"), now=LATER).then(
        ReservationExpired(order_id="OLD", customer_id="CUST-001"),
        MovementRefused(sku="CUP", reason="insufficient_stock"),
    ).leaves(stock("CUP", 5))


def test_there_is_no_stock_of_an_unknown_product() -> None:
    given().when(move(5)).then(MovementRefused(sku="CUP", reason="unknown_product"))


@pytest.mark.req("S3-18")
def test_low_stock_is_told_once_per_crossing() -> None:
    shelf = given(product("CUP", threshold=3), stock("CUP", 4, threshold=3))
    shelf.when(reserve("A", CUP=1)).then(reserved("A", CUP=1), LOW, timer("A"))
    shelf.when(reserve("B", CUP=1)).then(reserved("B", CUP=1), timer("B"))
    shelf.when(move(8)).then(moved(8, "receive", on_hand=12, reserved=2))
    shelf.when(move(7, "damage", "M2")).then(moved(-7, "damage", on_hand=5, reserved=2, movement_id="M2"), LOW)


def test_giving_back_above_the_threshold_arms_the_alarm_again() -> None:
    shelf = given(product("CUP", threshold=3), stock("CUP", 4, 1, threshold=3), reservation("A", CUP=1))
    shelf.when(ReleaseReservation(order_id="A")).then(ReservationReleased(order_id="A", customer_id="CUST-001"))
    shelf.when(reserve("B", CUP=1)).then(reserved("B", CUP=1), LOW, timer("B"))
