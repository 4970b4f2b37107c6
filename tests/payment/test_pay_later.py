"""Paying later: as the customer's choice, and because payment was away when the order was confirmed (S3-93)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import permutations

import pytest

from contracts.message import Message
from contracts.payment import CancelPayment
from infra.spec import Spec
from workers.payment.rules import Entry
from workers.payment.rules.charges import end_of_next_month
from workers.payment.rules.rows import Payment, later_of, request_of

from .words import (
    CANCEL,
    CUSTOMER,
    LATER,
    asked_of_card,
    call,
    cancelled,
    captured,
    charge,
    confirmed,
    declined,
    given,
    paid_by_wallet,
    payment_of,
    refund,
    refund_said,
    refunded,
    said,
    timer,
    wallet_with,
)  # fmt: skip

GIVEN_UP = CancelPayment(order_id="A", customer_id=CUSTOMER, charge_only=True)
CONFIRMED = confirmed("A", CUSTOMER, 500, "pay_later")


def owed(spec: Spec) -> int:
    return -sum(row.amount for row in spec.rows.values() if isinstance(row, Entry) and row.account == "receivables")


def test_a_receivable_is_due_at_the_end_of_next_month_in_japan() -> None:
    assert end_of_next_month(datetime(2030, 1, 1, 12, tzinfo=UTC)) == date(2030, 2, 28)
    assert end_of_next_month(datetime(2030, 12, 31, 14, 59, tzinfo=UTC)) == date(2031, 1, 31)
    assert end_of_next_month(datetime(2030, 12, 31, 15, 0, tzinfo=UTC)) == date(2031, 2, 28)
    assert end_of_next_month(datetime(2027, 12, 31, 15, 0, tzinfo=UTC)) == date(2028, 2, 29)
    assert end_of_next_month(datetime(2030, 10, 15, tzinfo=UTC)) == date(2030, 11, 30)
    assert end_of_next_month(datetime(2030, 11, 15, tzinfo=UTC)) == date(2030, 12, 31)


@pytest.mark.req("S3-20")
def test_paying_later_is_captured_at_once_against_a_receivable() -> None:
    spec = given().when(charge(500, "pay_later")).then(captured(500, "pay_later"))
    assert payment_of(spec).due_date == date(2030, 2, 28) and owed(spec) == 500
    spec.when(CANCEL).then(cancelled("refunded", 500))
    assert owed(spec) == 0


def test_what_is_refunded_is_owed_no_more() -> None:
    spec = given().when(charge(500, "pay_later")).when(refund(200)).then(refunded(200, 200, "partially_refunded"))
    assert owed(spec) == 300


@pytest.mark.req("S3-93")
def test_an_order_confirmed_without_us_is_owed() -> None:
    spec = given().when(CONFIRMED, CONFIRMED).then(captured(500, "pay_later", LATER))
    assert payment_of(spec, later_of("A")).status == "captured" and owed(spec) == 500
    spec.when(charge(500, "card")).then(declined("invalid_state"))


@pytest.mark.req("S3-93")
def test_an_order_confirmed_in_the_ordinary_way_is_none_of_our_business() -> None:
    given().when(confirmed("A", CUSTOMER, 500, "manual_shipping")).then()


@pytest.mark.req("S3-93")
def test_a_charge_that_was_given_up_does_not_keep_the_order_from_being_owed() -> None:
    """When payment is back it finds the cancellation of the charge before the confirmation of the order."""
    spec = given().when(CANCEL, charge(500, "card"), CONFIRMED)
    spec.then(cancelled("voided"), declined("invalid_state"), captured(500, "pay_later", LATER))
    assert payment_of(spec).status == "voided" and payment_of(spec, later_of("A")).status == "captured"
    assert owed(spec) == 500


@pytest.mark.req("S3-93")
def test_a_charge_that_was_made_and_undone_does_neither() -> None:
    spec = wallet_with(1_000).when(charge(500), CANCEL, CONFIRMED)
    spec.then(captured(500), cancelled("refunded", 500), captured(500, "pay_later", LATER))


@pytest.mark.req("S3-93")
def test_an_order_that_is_paid_is_not_owed_as_well() -> None:
    spec = paid_by_wallet(500).when(CONFIRMED).then()
    assert owed(spec) == 0


@pytest.mark.req("S3-93")
@pytest.mark.parametrize("history", list(permutations((charge(500), GIVEN_UP, CONFIRMED))))
def test_an_order_that_goes_on_is_charged_once_whatever_overtakes_what(history: tuple[Message, ...]) -> None:
    spec = wallet_with(1_000)
    for message in history:
        spec.when(message)
    paid = sum(row.amount - row.refunded for row in spec.rows.values() if isinstance(row, Payment) and row.captured)
    assert paid == 500


@pytest.mark.req("S3-93")
def test_a_card_that_is_still_being_asked_is_given_up() -> None:
    spec = asked_of_card(500).when(CONFIRMED).then(captured(500, "pay_later", LATER))
    assert payment_of(spec).cancel_requested
    spec.when(said("declined")).then(cancelled("voided"))
    assert owed(spec) == 500


@pytest.mark.req("S3-93")
def test_cancelling_the_order_forgives_what_is_owed() -> None:
    spec = given().when(CANCEL).when(CONFIRMED).when(CANCEL).then(cancelled("refunded", 500, LATER))
    assert owed(spec) == 0
    spec.when(CANCEL).then(cancelled("refunded", 500, LATER))


def test_a_receivable_that_took_another_place_can_be_refunded_by_its_own_id() -> None:
    spec = given().when(CANCEL).when(CONFIRMED).when(refund(100, payment_id=LATER))
    assert [type(one).__name__ for one in spec.sent] == ["PaymentRefunded"] and owed(spec) == 400


@pytest.mark.req("S3-93")
def test_a_card_that_was_charged_after_all_and_cannot_be_undone_is_tried_again_with_the_receivable() -> None:
    spec = asked_of_card(500).when(CONFIRMED).when(said("approved")).when(refund_said("declined", "A/cancel/1"))
    assert payment_of(spec).cancel_requested  # so that only one payment of the order lives
    again = call("refund", 500, request_of("A/cancel/2"))
    spec.when(CANCEL).then(cancelled("refunded", 500, LATER), again, timer())
