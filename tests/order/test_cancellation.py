"""Taking a confirmed order back, as a conversation; and what a parcel says about its order."""

from datetime import timedelta

import pytest

from contracts.order import CancelOrder, OrderDelivered, OrderRefused, OrderShipped
from contracts.shipping import ShipmentMoved, ShipmentStatus
from infra.spec import NOON
from tests.order.words import (
    CANCEL,
    CANCEL_PAYMENT,
    CANCEL_SHIPMENT,
    CANCELLED,
    CANCELLING,
    CONFIRMED,
    ITO,
    NO_STOCK,
    ORDER,
    PAYMENT_CANCELLED,
    PICKED_UP,
    RETURN,
    RETURNED,
    SHIPMENT_CANCELLED,
    SOLD,
    TOO_LATE,
    A,
    arranged,
    attention,
    confirmed,
    order,
    placed,
    rings,
    shop,
    steps,
    within,
)  # fmt: skip

SHIPPED, DELIVERED = OrderShipped(**ORDER), OrderDelivered(**ORDER)


def moved(status: ShipmentStatus, seconds: int = 0) -> ShipmentMoved:
    return ShipmentMoved(**ORDER, shipment_id="SHIP-1", status=status, at=NOON + timedelta(seconds=seconds))


@pytest.mark.req("S3-42")
def test_before_pick_up_parcel_money_and_stock_come_back() -> None:
    saga = confirmed()
    saga.when(CANCEL).then(CANCELLING, CANCEL_SHIPMENT, within(30, "cancel_shipment", 5))
    assert order(saga).status == "cancelling"
    saga.when(SHIPMENT_CANCELLED).then(CANCEL_PAYMENT, within(60, "cancel_payment", 6))
    saga.when(PAYMENT_CANCELLED).then(RETURN, within(30, "return_stock", 7))
    saga.when(RETURNED).then(CANCELLED)
    assert order(saga).status == "cancelled"
    assert steps(saga) == {
        "reserve": "done", "charge": "compensated", "arrange_shipment": "compensated",
        "confirm_reservation": "compensated", "confirm_order": "done",
        "cancel_shipment": "done", "cancel_payment": "done", "return_stock": "done",
    }  # fmt: skip


@pytest.mark.req("S3-42")
def test_a_parcel_that_left_makes_the_order_confirmed_again() -> None:
    saga = confirmed().when(CANCEL).when(PICKED_UP).then(TOO_LATE)
    assert (order(saga).status, order(saga).reason, order(saga).state) == ("confirmed", "", "compensated")
    saga.when(moved("picked_up")).then(SHIPPED)


def test_a_parcel_that_leaves_during_the_cancellation_is_not_forgotten() -> None:
    saga = confirmed().when(CANCEL).when(moved("picked_up")).then()
    saga.when(PICKED_UP).then(TOO_LATE, SHIPPED)
    assert order(saga).status == "shipped"


def test_a_second_try_is_a_saga_of_its_own() -> None:
    saga = confirmed().when(CANCEL).when(PICKED_UP).when(CANCEL)
    saga.then(CANCELLING, CANCEL_SHIPMENT, within(30, "cancel_shipment", 6))
    assert steps(saga)["cancel_shipment"] == "running" and len(order(saga).steps) == 8


def test_silence_about_the_parcel_is_asked_again_until_an_operator_is_needed() -> None:
    saga = confirmed().when(CANCEL)
    for asks in range(5, 10):
        assert CANCEL_SHIPMENT in saga.when(rings("cancel_shipment", asks)).sent
    saga.when(rings("cancel_shipment", 10)).then(attention("cancel_shipment", "cancel_shipment_timeout"))
    saga.when(SHIPMENT_CANCELLED).then(CANCEL_PAYMENT, within(60, "cancel_payment", 11))
    assert order(saga).status == "cancelling"


def test_after_the_parcel_was_stopped_there_is_no_way_back() -> None:
    saga = confirmed().when(CANCEL).when(SHIPMENT_CANCELLED)
    saga.when(rings("cancel_payment", 6)).then(CANCEL_PAYMENT, within(120, "cancel_payment", 7))
    saga.when(PAYMENT_CANCELLED).when(NO_STOCK).then(attention("return_stock", "insufficient_stock"))


@pytest.mark.req("S3-42")
def test_every_other_state_refuses_a_cancellation() -> None:
    placed().when(CANCEL).then(TOO_LATE)
    placed().when(NO_STOCK).when(CANCEL).then(TOO_LATE)
    confirmed().when(CANCEL).when(CANCEL).then(TOO_LATE)
    confirmed().when(moved("picked_up")).when(CANCEL).then(TOO_LATE)
    confirmed().when(moved("delivered")).when(CANCEL).then(TOO_LATE)


@pytest.mark.req("S3-57")
def test_a_cancelled_order_says_so_again() -> None:
    saga = confirmed().when(CANCEL).when(SHIPMENT_CANCELLED).when(PAYMENT_CANCELLED).when(RETURNED)
    saga.when(CANCEL).then(CANCELLED)


def test_an_order_that_is_unknown_or_somebody_elses_is_unknown() -> None:
    shop().when(CANCEL).then(OrderRefused(order_id=A, customer_id=ITO, reason="unknown_order"))
    confirmed().when(CancelOrder(order_id=A, customer_id="CUST-002")).then(
        OrderRefused(order_id=A, customer_id="CUST-002", reason="unknown_order")
    )
    assert order(confirmed().when(CancelOrder(order_id=A))).status == "cancelling"


@pytest.mark.req("S3-42")
def test_the_parcel_moves_the_order() -> None:
    saga = confirmed()
    saga.when(moved("arranged")).then()
    saga.when(moved("picked_up", 1)).then(SHIPPED)
    saga.when(moved("in_transit", 2)).then()
    saga.when(moved("delivered", 3)).then(DELIVERED)
    saga.when(moved("in_transit", 2)).then()
    assert (order(saga).status, order(saga).shipment["status"]) == ("delivered", "delivered")


def test_carriers_skip_what_they_like() -> None:
    confirmed().when(moved("delivered")).then(SHIPPED, DELIVERED)


def test_a_parcel_quicker_than_the_confirmation_is_shipped_at_once() -> None:
    saga = arranged().when(moved("picked_up")).then()
    saga.when(SOLD).then(CONFIRMED, SHIPPED)


def test_a_parcel_of_no_order_is_nobodys() -> None:
    shop().when(moved("picked_up")).then()
