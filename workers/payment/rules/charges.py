"""Charging an order, once (S3-20, S3-58), and paying later when nobody could be asked (S3-93)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from typing import Literal

from contracts.order import OrderDegraded
from contracts.payment import ChargePayment, PaymentCaptured, PaymentDeclined, payment_id_of
from infra.decision import After, Outcomes, Rows
from workers.payment.rules import ledger
from workers.payment.rules.provider import GUARD, ask, resolve
from workers.payment.rules.rows import Payment, Wallet, later_of, tombstone

JAPAN = timezone(timedelta(hours=9))
"""Due dates are civil dates of the shop; Japan keeps one offset all year."""

Reason = Literal["insufficient_funds", "card_declined", "currency_mismatch", "invalid_state"]


def charge_payment(command: ChargePayment, rows: Rows, now: datetime) -> Outcomes:
    """`wallet` and `pay_later` are decided at once; `card` is asked of the provider and answered when he answers."""
    if known := rows.get(Payment, command.order_id):
        yield from _again(command, known)
        return
    payment = Payment(
        charge_id=command.order_id,
        payment_id=payment_id_of(command.order_id),
        order_id=command.order_id,
        customer_id=command.customer_id,
        method=command.method,
        currency=command.amount.currency,
        amount=command.amount.amount,
        status="pending",
        created_at=now,
    )
    if command.method == "card":
        payment = replace(payment, card_token=command.card_token).asks(payment.payment_id)
        yield payment
        yield ask(payment, payment.payment_id, "capture", payment.amount)
        yield After(now + GUARD, resolve(payment))
    elif command.method == "pay_later":
        yield from _owe(payment, now)
    else:
        yield from _take(payment, rows, now)


def pay_later_instead(event: OrderDegraded, rows: Rows, now: datetime) -> Outcomes:
    """An order that was confirmed while payment was away is owed, unless its money has come (S3-93).

    What was asked of a card or wallet before is given up, also when it is still on its way; the receivable stands
    beside it under a charge id of its own. Money that has come is kept, which a tombstone under that id remembers for a
    cancellation of the first charge that this event overtook.
    """
    if "pay_later" not in event.modes:
        return
    charge_id = later_of(event.order_id)
    charges = rows.each(Payment, (event.order_id, charge_id))
    first = charges.get(event.order_id)
    if charge_id in charges:
        return
    if first is None:
        yield tombstone(event.order_id, event.order_id, event.customer_id, now)
    elif first.captured and not first.cancel_requested:
        yield tombstone(charge_id, event.order_id, event.customer_id, now)
        return
    elif first.open and not first.cancel_requested:
        yield replace(first, cancel_requested=True)
    yield from _owe(
        Payment(
            charge_id=charge_id,
            payment_id=payment_id_of(charge_id),
            order_id=event.order_id,
            customer_id=event.customer_id,
            method="pay_later",
            currency=event.total.currency,
            amount=event.total.amount,
            status="pending",
            created_at=now,
        ),
        now,
    )


def captured(payment: Payment) -> PaymentCaptured:
    return PaymentCaptured(
        order_id=payment.order_id,
        payment_id=payment.payment_id,
        customer_id=payment.customer_id,
        amount=payment.price(payment.amount),
        method=payment.method,  # type: ignore[arg-type]  # a tombstone, which has none, is never captured
    )


def declined(order_id: str, customer_id: str, reason: Reason) -> PaymentDeclined:
    payment_id = payment_id_of(order_id)
    return PaymentDeclined(order_id=order_id, payment_id=payment_id, customer_id=customer_id, reason=reason)


def end_of_next_month(now: datetime) -> date:
    """The day on which what is bought today is due."""
    today = now.astimezone(JAPAN).date()
    months = today.year * 12 + (today.month - 1) + 2
    return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


def _again(command: ChargePayment, known: Payment) -> Outcomes:
    """The same question has the same answer; another question under the same order id has none."""
    asked = (command.customer_id, command.method, command.amount.currency, command.amount.amount)
    if asked != (known.customer_id, known.method, known.currency, known.amount):
        yield declined(command.order_id, command.customer_id, "invalid_state")
    elif known.status == "declined":
        yield declined(known.order_id, known.customer_id, known.reason)  # type: ignore[arg-type]  # as it was written
    elif known.captured and not known.cancel_requested:
        yield captured(known)
    elif not known.open or known.cancel_requested:
        yield declined(known.order_id, known.customer_id, "invalid_state")


def _take(payment: Payment, rows: Rows, now: datetime) -> Outcomes:
    wallet = rows.get(Wallet, payment.customer_id)
    reason: Reason | None = None
    if wallet is None:
        reason = "insufficient_funds"
    elif wallet.currency != payment.currency:
        reason = "currency_mismatch"
    elif wallet.balance < payment.amount:
        reason = "insufficient_funds"
    if wallet is None or reason:
        yield replace(payment, status="declined", reason=reason or "", processed_at=now)
        yield declined(payment.order_id, payment.customer_id, reason or "insufficient_funds")
        return
    payment = replace(payment, status="captured", processed_at=now)
    wallet = wallet.moved(-payment.amount, now)
    yield payment
    yield wallet
    yield from ledger.capture(payment, now, wallet)
    yield captured(payment)


def _owe(payment: Payment, now: datetime) -> Outcomes:
    payment = replace(payment, status="captured", processed_at=now, due_date=end_of_next_month(now))
    yield payment
    yield from ledger.capture(payment, now)
    yield captured(payment)
