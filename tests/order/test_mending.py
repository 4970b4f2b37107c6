"""What an operator may do with a saga that cannot help itself (B11)."""

import pytest

from contracts.operation import OperationClosed
from contracts.order import MendSaga, OrderRefused, SagaMended
from contracts.payment import PaymentCancellationRefused
from infra import operations
from infra.batch import Settled
from infra.spec import NOON, Spec
from tests.order.words import (
    CANCEL,
    CANCEL_PAYMENT,
    CANCEL_SHIPMENT,
    CAPTURED,
    CONFIRM,
    CONFIRMED,
    EXPIRED,
    NO_MONEY,
    NO_STOCK,
    ORDER,
    PAYMENT_CANCELLED,
    PLACE,
    RELEASE,
    RELEASED,
    RESERVED,
    RETURN,
    RETURNED,
    SHIPMENT_CANCELLED,
    SOLD,
    TOO_LATE,
    A,
    arranged,
    attention,
    charged,
    confirmed,
    failed,
    order,
    reserved,
    rings,
    shop,
    steps,
    within,
)  # fmt: skip

RETRY = MendSaga(order_id=A, action="retry", reason="stock has arrived", actor="mori")
COMPENSATE = MendSaga(order_id=A, action="compensate", reason="customer called")
NO_REFUND = PaymentCancellationRefused(**ORDER, payment_id="PAY-1", reason="refund_declined")
SKIP = MendSaga(order_id=A, action="skip", reason="counted by hand")


def mended(action: MendSaga, step: str) -> SagaMended:
    return SagaMended(**ORDER, action=action.action, step=step)


def undoing_stuck() -> Spec:
    saga = reserved().when(NO_MONEY)
    for asks in range(3, 9):
        saga.when(rings("reserve", asks))
    return saga


def test_retry_asks_again_and_the_order_goes_on() -> None:
    saga = arranged().when(EXPIRED)
    saga.when(RETRY).then(mended(RETRY, "confirm_reservation"), CONFIRM, within(30, "confirm_reservation", 5))
    assert order(saga).status == "pending"
    saga.when(SOLD).then(CONFIRMED)
    assert (order(saga).failed, order(saga).reason) == ("", "")


def test_compensate_takes_everything_back_that_happened() -> None:
    saga = arranged().when(EXPIRED)
    saga.when(COMPENSATE).then(mended(COMPENSATE, "confirm_reservation"), CANCEL_SHIPMENT, within(30, "arrange_shipment", 5))
    saga.when(SHIPMENT_CANCELLED).when(PAYMENT_CANCELLED).then(RELEASE, within(30, "reserve", 7))
    saga.when(RELEASED).then(failed("confirm_reservation", "reservation_expired"))


def test_a_sale_that_may_have_happened_is_returned_and_then_nothing_is_held() -> None:
    saga = arranged().when(COMPENSATE)
    saga.then(mended(COMPENSATE, "confirm_reservation"), RETURN, within(30, "confirm_reservation", 5))
    saga.when(RETURNED).when(SHIPMENT_CANCELLED).when(PAYMENT_CANCELLED)
    saga.then(failed("confirm_reservation", "operator"))
    assert steps(saga)["reserve"] == "compensated"


def test_a_sale_that_had_not_happened_is_released() -> None:
    saga = arranged().when(COMPENSATE).when(EXPIRED).then(CANCEL_SHIPMENT, within(30, "arrange_shipment", 6))
    saga.when(SHIPMENT_CANCELLED).when(PAYMENT_CANCELLED).then(RELEASE, within(30, "reserve", 8))


def test_skip_with_a_reason_goes_forward_or_backward() -> None:
    saga = arranged().when(EXPIRED).when(SKIP).then(mended(SKIP, "confirm_reservation"), CONFIRMED)
    assert steps(saga)["confirm_reservation"] == "skipped"
    undoing_stuck().when(SKIP).then(mended(SKIP, "reserve"), failed("charge", "insufficient_funds"))


def test_retry_of_an_undoing_asks_again() -> None:
    saga = undoing_stuck().when(RETRY).then(mended(RETRY, "reserve"), RELEASE, within(30, "reserve", 9))
    saga.when(rings("reserve", 8)).then()
    saga.when(rings("reserve", 9)).then(RELEASE, within(60, "reserve", 10))


def test_a_running_order_may_be_compensated_by_force() -> None:
    charged().when(COMPENSATE).then(
        mended(COMPENSATE, "arrange_shipment"), CANCEL_SHIPMENT, within(30, "arrange_shipment", 4)
    ).when(SHIPMENT_CANCELLED).then(CANCEL_PAYMENT, within(60, "charge", 5))


@pytest.mark.parametrize("action", [RETRY, SKIP])
def test_what_is_not_stuck_needs_neither_retry_nor_skip(action: MendSaga) -> None:
    charged().when(action).then(TOO_LATE)
    confirmed().when(action).then(TOO_LATE)


def test_what_is_over_or_on_its_way_back_is_not_compensated() -> None:
    confirmed().when(COMPENSATE).then(TOO_LATE)
    undoing_stuck().when(COMPENSATE).then(TOO_LATE)


def test_a_cancellation_has_no_way_back_even_by_force() -> None:
    saga = confirmed().when(CANCEL).when(SHIPMENT_CANCELLED).when(PAYMENT_CANCELLED).when(NO_STOCK)
    saga.then(attention("return_stock", "insufficient_stock"))
    saga.when(COMPENSATE).then(TOO_LATE)


def test_an_unknown_order_is_unknown() -> None:
    shop().when(RETRY).then(OrderRefused(order_id=A, customer_id="", reason="unknown_order"))


def test_the_history_keeps_who_did_what_and_why() -> None:
    saga = arranged().when(EXPIRED).when(RETRY)
    assert ("retry", "mori: stock has arrived") in [(entry["what"], entry["reason"]) for entry in order(saga).history]


def test_what_follows_belongs_to_who_placed_the_order_and_only_the_word_to_the_operator() -> None:
    saga = arranged()
    placed = order(saga).cause
    told, asked, timer = saga.when(EXPIRED).when(RETRY).envelopes
    assert placed.endswith("order.place-order.v1") and told.cause.endswith("order.mend-saga.v1")
    assert (asked.cause, timer.cause) == (placed, placed)
    saga.when(EXPIRED).when(SKIP)
    assert [one.cause == placed for one in saga.envelopes] == [False, True], "SagaMended, OrderConfirmed"
    assert order(saga).cause == placed


def test_a_cancellation_belongs_to_who_cancels() -> None:
    saga = confirmed()
    placed = order(saga).cause
    saga.when(CANCEL)
    assert order(saga).cause.endswith("order.cancel-order.v1") and order(saga).cause != placed


def test_an_order_that_an_operator_takes_back_closes_the_customers_operation() -> None:
    saga = arranged().when(EXPIRED)
    placed = order(saga).cause
    saga.when(COMPENSATE)
    (told,) = operations.told([Settled(saga.envelopes[0], list(saga.envelopes[:2]))], [], "order", NOON)
    assert isinstance(told.message, OperationClosed) and [one.what for one in told.message.items] == [SagaMended.topic]
    saga.when(SHIPMENT_CANCELLED).when(PAYMENT_CANCELLED).when(RELEASED)
    assert order(saga).cause == placed


def test_a_step_that_is_not_waited_for_because_of_an_operator_says_so() -> None:
    saga = arranged().when(COMPENSATE)
    assert ("failed", "operator") in [(entry["what"], entry["reason"]) for entry in order(saga).history]


def test_a_refund_that_the_provider_declines_needs_a_person_at_once() -> None:
    saga = confirmed().when(CANCEL).when(SHIPMENT_CANCELLED).when(NO_REFUND)
    saga.then(attention("cancel_payment", "refund_declined"))
    saga.when(RETRY).then(mended(RETRY, "cancel_payment"), CANCEL_PAYMENT, within(60, "cancel_payment", 7))


def test_the_card_is_forgotten_once_the_charge_is_decided_or_given_up() -> None:
    by_card = PLACE.model_copy(update={"payment_method": "card", "card_token": "tok_approve"})
    saga = shop().when(by_card)
    assert order(saga).card_token == "tok_approve"
    assert order(saga.when(RESERVED).when(CAPTURED)).card_token == ""
    assert order(shop().when(by_card).when(RESERVED).when(NO_MONEY).when(RELEASED)).card_token == ""
