"""Depositing money and paying from a wallet (S3-20, S3-22, S3-25)."""

from __future__ import annotations

import pytest

from contracts.money import LARGEST, Money
from contracts.payment import DepositMade, DepositRefused
from infra.spec import Spec
from workers.payment.rules import Entry, Payment, Wallet

from .words import (
    CUSTOMER,
    captured,
    charge,
    declined,
    deposit,
    given,
    paid_by_wallet,
    payment_of,
    wallet_with,
)  # fmt: skip


def made(amount: int, balance: int, name: str = "D") -> DepositMade:
    money = Money(amount=balance, currency="JPY")
    return DepositMade(customer_id=CUSTOMER, deposit_id=name, amount=deposit(amount).amount, balance=money)


def deposit_refused(reason: str, name: str = "D") -> DepositRefused:
    return DepositRefused(customer_id=CUSTOMER, deposit_id=name, reason=reason)  # type: ignore[arg-type]


def balance(spec: Spec) -> int | None:
    wallet = spec.row(Wallet, CUSTOMER)
    return wallet.balance if wallet else None


def entries(spec: Spec) -> list[tuple[str, int, int | None]]:
    """Account, amount and running balance of every entry, as written."""
    return [(row.account, row.amount, row.balance) for row in spec.rows.values() if isinstance(row, Entry)]


@pytest.mark.req("S3-22", "S3-25")
def test_the_first_deposit_opens_the_wallet() -> None:
    spec = given().when(deposit(1_000)).then(made(1_000, 1_000))
    assert balance(spec) == 1_000
    assert entries(spec) == [("cash-in", -1_000, None), ("wallet:CUST-001", 1_000, 1_000)]


@pytest.mark.req("S3-22", "S3-57")
def test_a_deposit_made_twice_counts_once_and_is_answered_twice_alike() -> None:
    spec = given().when(deposit(1_000), deposit(1_000)).then(made(1_000, 1_000), made(1_000, 1_000))
    spec.when(deposit(70, "E")).when(deposit(1_000)).then(made(1_000, 1_000))
    assert balance(spec) == 1_070


@pytest.mark.req("S3-57")
def test_the_id_of_a_deposit_means_one_deposit() -> None:
    spec = wallet_with(1_000).when(deposit(999)).then(deposit_refused("invalid_state"))
    stranger = deposit(1_000, customer="CUST-002")
    refused = DepositRefused(customer_id="CUST-002", deposit_id="D", reason="invalid_state")
    spec.when(stranger).then(refused)
    assert balance(spec) == 1_000 and spec.row(Wallet, "CUST-002") is None


@pytest.mark.req("S3-25")
def test_the_first_deposit_fixes_the_currency() -> None:
    wallet_with(1_000).when(deposit(5, "E", currency="GBP")).then(deposit_refused("currency_mismatch", "E"))


def test_a_balance_stays_a_whole_number_for_every_reader() -> None:
    wallet_with(LARGEST).when(deposit(1, "E")).then(deposit_refused("limit_exceeded", "E"))


@pytest.mark.req("S3-20")
def test_a_charge_takes_the_money_from_the_wallet_at_once() -> None:
    spec = wallet_with(1_000).when(charge(300)).then(captured(300))
    assert balance(spec) == 700 and payment_of(spec).status == "captured"
    assert entries(spec)[2:] == [("wallet:CUST-001", -300, 700), ("sales", 300, None)]


def test_the_last_yen_can_be_spent() -> None:
    assert balance(wallet_with(300).when(charge(300)).then(captured(300))) == 0


@pytest.mark.req("S3-20")
@pytest.mark.parametrize(
    ("before", "reason"),
    [
        (given(), "insufficient_funds"),
        (wallet_with(299), "insufficient_funds"),
        (given().when(deposit(1_000, currency="GBP")), "currency_mismatch"),
    ],
)
def test_a_charge_that_cannot_be_paid_moves_nothing(before: Spec, reason: str) -> None:
    moved = len(entries(before))
    before.when(charge(300)).then(declined(reason))
    assert len(entries(before)) == moved and payment_of(before).status == "declined"


@pytest.mark.req("S3-57", "S3-58")
def test_an_order_is_charged_once_however_often_it_is_asked_for() -> None:
    spec = wallet_with(1_000).when(charge(300), charge(300)).then(captured(300), captured(300))
    spec.when(charge(300)).then(captured(300))
    assert balance(spec) == 700


@pytest.mark.req("S3-58")
def test_a_refused_charge_stays_refused_when_the_money_comes_later() -> None:
    spec = given().when(charge(300)).when(deposit(1_000)).when(charge(300))
    spec.then(declined("insufficient_funds"))
    assert balance(spec) == 1_000


@pytest.mark.req("S3-58")
@pytest.mark.parametrize("other", [charge(301), charge(300, "pay_later"), charge(300, currency="GBP")])
def test_another_charge_under_the_same_order_is_refused(other: object) -> None:
    spec = paid_by_wallet(300).when(other).then(declined("invalid_state"))  # type: ignore[arg-type]
    assert payment_of(spec).amount == 300 and balance(spec) == 700


def test_two_charges_of_one_batch_see_each_other() -> None:
    """The second order finds what the first has left."""
    second = charge(800).model_copy(update={"order_id": "B"})
    spec = wallet_with(1_000).when(charge(800), second)
    assert [type(one).__name__ for one in spec.sent] == ["PaymentCaptured", "PaymentDeclined"]
    assert balance(spec) == 200
    assert {row.status for row in spec.rows.values() if isinstance(row, Payment)} == {"captured", "declined"}
