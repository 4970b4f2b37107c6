"""Undoing a charge, whatever became of it and whichever message comes first (S3-53)."""

from __future__ import annotations

import pytest

from contracts.payment import PaymentCancellationRefused
from workers.payment.rules import Wallet
from workers.payment.rules.rows import request_of

from .words import (
    CANCEL,
    CUSTOMER,
    PAYMENT,
    asked_of_card,
    call,
    cancelled,
    charge,
    declined,
    given,
    paid_by_card,
    paid_by_wallet,
    payment_of,
    refund,
    refund_refused,
    refund_said,
    refunded,
    said,
    timer,
    wallet_with,
    webhook,
)  # fmt: skip

FIRST = "A/cancel/1"
REFUSED = PaymentCancellationRefused(order_id="A", payment_id=PAYMENT, customer_id=CUSTOMER, reason="refund_declined")


@pytest.mark.req("S3-53")
def test_a_paid_wallet_gets_everything_back_at_once() -> None:
    spec = paid_by_wallet(300).when(CANCEL).then(cancelled("refunded", 300))
    wallet = spec.row(Wallet, CUSTOMER)
    assert wallet is not None and wallet.balance == 1_000
    spec.when(CANCEL, CANCEL).then(cancelled("refunded", 300), cancelled("refunded", 300))


def test_only_what_is_left_goes_back() -> None:
    spec = paid_by_wallet(300).when(refund(100)).when(CANCEL).then(cancelled("refunded", 300))
    wallet = spec.row(Wallet, CUSTOMER)
    assert wallet is not None and wallet.balance == 1_000


@pytest.mark.req("S3-53", "S3-57")
def test_a_cancellation_that_comes_first_refuses_the_late_charge() -> None:
    spec = wallet_with(1_000).when(CANCEL).then(cancelled("voided"))
    spec.when(charge(300)).then(declined("invalid_state"))
    spec.when(CANCEL).then(cancelled("voided"))
    wallet = spec.row(Wallet, CUSTOMER)
    assert wallet is not None and wallet.balance == 1_000


def test_the_same_in_one_batch() -> None:
    wallet_with(1_000).when(CANCEL, charge(300)).then(cancelled("voided"), declined("invalid_state"))


def test_a_declined_charge_has_nothing_to_undo() -> None:
    given().when(charge(300)).when(CANCEL).then(cancelled("declined"))


@pytest.mark.req("S3-53")
def test_a_card_payment_is_cancelled_when_the_provider_has_given_the_money_back() -> None:
    spec = paid_by_card(500).when(CANCEL).then(call("refund", 500, request_of(FIRST)), timer())
    spec.when(CANCEL).then()
    spec.when(refund_said("approved", FIRST)).then(cancelled("refunded", 500))
    assert payment_of(spec).status == "refunded"


def test_a_cancellation_while_the_card_is_charged_waits_for_the_answer() -> None:
    spec = asked_of_card().when(CANCEL).then()
    spec.when(charge(500, "card")).then(declined("invalid_state"))
    spec.when(said("approved")).then(call("refund", 500, request_of(FIRST)), timer())
    spec.when(refund_said("approved", FIRST)).then(cancelled("refunded", 500))


@pytest.mark.parametrize("outcome", ["declined", "absent"])
def test_a_charge_given_up_that_never_happened_is_voided(outcome: str) -> None:
    spec = asked_of_card().when(said("unknown")).when(CANCEL).when(said(outcome, "inquire")).then(cancelled("voided"))
    assert payment_of(spec).status == "voided"


def test_what_a_webhook_said_outweighs_that_the_request_is_not_found() -> None:
    spec = asked_of_card().when(CANCEL).when(webhook("capture.approved")).when(said("absent", "inquire"))
    spec.then(call("refund", 500, request_of(FIRST)), timer())


def test_refunds_on_their_way_are_waited_for() -> None:
    spec = paid_by_card(500).when(refund(200)).when(CANCEL).then(call("refund", 300, request_of(FIRST)), timer())
    spec.when(refund_said("approved", FIRST)).then()
    spec.when(refund_said("approved")).then(refunded(200, 500, "refunded"), cancelled("refunded", 500))


def test_a_refund_on_its_way_that_fails_is_made_up_for() -> None:
    spec = paid_by_card(500).when(refund(200)).when(CANCEL).when(refund_said("approved", FIRST))
    spec.when(refund_said("declined")).then(
        refund_refused("card_declined"), call("refund", 200, request_of("A/cancel/2")), timer()
    )
    spec.when(refund_said("approved", "A/cancel/2")).then(cancelled("refunded", 500))


def test_a_cancellation_the_provider_declines_is_refused_and_may_be_asked_for_again() -> None:
    spec = paid_by_card(500).when(CANCEL).when(refund_said("declined", FIRST)).then(REFUSED)
    spec.when(CANCEL).then(call("refund", 500, request_of("A/cancel/2")), timer())
    spec.when(refund_said("approved", "A/cancel/2")).then(cancelled("refunded", 500))


def test_what_the_provider_would_not_undo_can_be_refunded_by_hand() -> None:
    spec = paid_by_card(500).when(CANCEL).when(refund_said("declined", FIRST)).when(refund(500))
    spec.then(call("refund", 500, request_of("R")), timer())
    spec.when(refund_said("approved")).then(refunded(500, 500, "refunded"), cancelled("refunded", 500))
