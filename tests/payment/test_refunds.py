"""Refunding what was captured, in as many parts as one likes and never more (S3-21)."""

from __future__ import annotations

import pytest

from infra.spec import Spec
from workers.payment.rules import Wallet
from workers.payment.rules.rows import request_of

from .words import (
    CANCEL,
    CUSTOMER,
    asked_of_card,
    call,
    charge,
    given,
    paid_by_card,
    paid_by_wallet,
    payment_of,
    refund,
    refund_refused,
    refund_said,
    refunded,
    rings,
    timer,
    wallet_with,
)  # fmt: skip


def balance(spec: Spec) -> int:
    wallet = spec.row(Wallet, CUSTOMER)
    assert wallet is not None
    return wallet.balance


@pytest.mark.req("S3-21")
def test_refunds_go_back_to_the_wallet_until_nothing_is_left() -> None:
    spec = paid_by_wallet(500).when(refund(200)).then(refunded(200, 200, "partially_refunded"))
    assert payment_of(spec).status == "partially_refunded" and balance(spec) == 700
    spec.when(refund(300, "S")).then(refunded(300, 500, "refunded", "S"))
    assert payment_of(spec).status == "refunded" and balance(spec) == 1_000
    spec.when(refund(1, "T")).then(refund_refused("invalid_state", "T"))


@pytest.mark.req("S3-21")
def test_refunds_of_one_batch_together_do_not_exceed_what_was_captured() -> None:
    paid_by_wallet(500).when(refund(300), refund(300, "S"), refund(200, "T")).then(
        refunded(300, 300, "partially_refunded"),
        refund_refused("exceeds_captured", "S"),
        refunded(200, 500, "refunded", "T"),
    )


@pytest.mark.req("S3-21", "S3-57")
def test_a_refund_asked_for_twice_happens_once() -> None:
    spec = paid_by_wallet(500).when(refund(200), refund(200))
    spec.then(refunded(200, 200, "partially_refunded"), refunded(200, 200, "partially_refunded"))
    spec.when(refund(300, "S")).when(refund(200)).then(refunded(200, 200, "partially_refunded"))
    assert balance(spec) == 1_000


def test_the_id_of_a_refund_means_one_refund() -> None:
    paid_by_wallet(500).when(refund(200)).when(refund(100)).then(refund_refused("invalid_state"))


@pytest.mark.req("S3-21")
@pytest.mark.parametrize(
    ("before", "asked", "reason"),
    [
        (given(), refund(1), "unknown_payment"),
        (given().when(CANCEL), refund(1), "unknown_payment"),
        (paid_by_wallet(500), refund(501), "exceeds_captured"),
        (paid_by_wallet(500), refund(5, currency="GBP"), "currency_mismatch"),
        (asked_of_card(), refund(5), "invalid_state"),
        (wallet_with(1).when(charge(5)), refund(5), "invalid_state"),
        (paid_by_card().when(CANCEL), refund(5), "invalid_state"),
    ],
)
def test_what_cannot_be_refunded_is_refused(before: Spec, asked: object, reason: str) -> None:
    before.when(asked).then(refund_refused(reason))  # type: ignore[arg-type]


@pytest.mark.req("S3-21")
def test_a_card_gets_its_money_through_the_provider() -> None:
    spec = paid_by_card(500).when(refund(200)).then(call("refund", 200, request_of("R")), timer())
    assert payment_of(spec).status == "captured"
    spec.when(refund(200)).then()  # asked again while it is under way: the one answer comes
    spec.when(refund_said("approved")).then(refunded(200, 200, "partially_refunded"))
    spec.when(refund_said("approved"), refund_said("declined")).then()


def test_what_is_on_its_way_to_the_provider_counts() -> None:
    paid_by_card(500).when(refund(300)).when(refund(300, "S")).then(refund_refused("exceeds_captured", "S"))


def test_a_refund_the_provider_declines_can_be_tried_under_another_id() -> None:
    spec = paid_by_card(500).when(refund(500)).when(refund_said("declined")).then(refund_refused("card_declined"))
    spec.when(refund(500)).then(refund_refused("card_declined"))
    spec.when(refund(500, "S")).then(call("refund", 500, request_of("S")), timer())
    spec.when(refund_said("approved", "S")).then(refunded(500, 500, "refunded", "S"))


def test_a_refund_without_an_answer_is_asked_about_and_made_again_when_it_never_arrived() -> None:
    spec = paid_by_card(500).when(refund(200)).when(refund_said("unknown")).then()
    assert [type(one).__name__ for one in spec.when(rings()).sent] == ["CallProvider", "After"]
    spec.when(refund_said("absent", action="inquire")).then(call("refund", 200, request_of("R")))
    spec.when(refund_said("approved")).then(refunded(200, 200, "partially_refunded"))
