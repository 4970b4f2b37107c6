"""Giving money back: a refund that was asked for (S3-21), or all of it when the order is given up (S3-53)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from contracts.payment import CancelPayment, PaymentCancelled, PaymentRefunded, RefundPayment, RefundRefused
from infra.decision import After, Outcomes, Rows
from workers.payment.rules import ledger
from workers.payment.rules.provider import GUARD, Deciding, ask, resolve
from workers.payment.rules.rows import Payment, PaymentNumber, Refund, Wallet, later_of, request_of, tombstone

Reason = Literal["unknown_payment", "invalid_state", "exceeds_captured", "currency_mismatch", "card_declined"]


def refund_payment(command: RefundPayment, rows: Rows, now: datetime) -> Outcomes:
    """Many partial refunds, together never more than was captured; what is on its way to the provider counts."""
    payment = find(command.payment_id, rows)
    refund = rows.get(Refund, request_of(command.refund_id))
    amount, currency = command.amount.amount, command.amount.currency
    if payment is None or not payment.amount:
        yield _refused(command, "unknown_payment")
    elif refund and (refund.charge_id, refund.amount, refund.currency) != (payment.charge_id, amount, currency):
        yield _refused(command, "invalid_state")
    elif refund:
        yield from tell(payment, refund)
    elif currency != payment.currency:
        yield _refused(command, "currency_mismatch")
    elif not payment.captured or (payment.cancel_requested and payment.refunding):
        yield _refused(command, "invalid_state")
    elif amount > payment.remainder:
        yield _refused(command, "exceeds_captured")
    else:
        yield (yield from send_back(payment, command.refund_id, amount, rows, now))


def cancel_payment(command: CancelPayment, rows: Rows, now: datetime) -> Outcomes:
    """Undo the charge whatever became of it. One that comes first leaves a tombstone that refuses the late charge."""
    order_id = command.order_id
    charges = rows.each(Payment, (order_id, later_of(order_id)))
    first, later = charges.get(order_id), charges.get(later_of(order_id))
    if first is None:
        first = tombstone(order_id, order_id, command.customer_id, now)
        yield first
    if command.charge_only:
        # The order goes on with what is under the other id: a receivable, or a tombstone where the money was kept.
        if later is None or later.captured:
            yield from _undo(first, rows, now)
        return
    if later is None or not later.amount:
        yield from _undo(first, rows, now)
        return
    yield from _undo(later, rows, now)
    if first.captured:
        yield from _undo(first, rows, now)


def _undo(payment: Payment, rows: Rows, now: datetime) -> Outcomes:
    if payment.open:
        # The provider has not said whether there is anything to undo: his answer will be met by this wish.
        yield replace(payment, cancel_requested=True)
    elif not payment.captured:
        yield cancelled(payment)
    elif not (payment.cancel_requested and payment.refunding):
        yield (yield from send_all_back(payment, rows, now))


def find(payment_id: str, rows: Rows) -> Payment | None:
    number = rows.get(PaymentNumber, payment_id)
    return rows.get(Payment, number.charge_id) if number else None


def send_all_back(payment: Payment, rows: Rows, now: datetime) -> Deciding:
    """The rest of a captured payment goes back. Refunds already on their way are waited for."""
    payment = replace(payment, cancel_requested=True, cancellations=payment.cancellations + 1)
    if payment.remainder:
        name = f"{payment.charge_id}/cancel/{payment.cancellations}"
        payment = yield from send_back(payment, name, payment.remainder, rows, now)
    return payment


def send_back(payment: Payment, refund_id: str, amount: int, rows: Rows, now: datetime) -> Deciding:
    """To a wallet or a receivable at once; to a card through the provider, whose answer settles it."""
    request_id = request_of(refund_id)
    refund = Refund(request_id, refund_id, payment.charge_id, amount, payment.currency, "pending", now)
    if payment.method == "card":
        payment = replace(payment, refunding=payment.refunding + amount).asks(request_id)
        yield refund
        yield ask(payment, request_id, "refund", amount)
        yield After(now + GUARD, resolve(payment))
        return payment
    wallet = None
    if payment.method == "wallet" and (wallet := rows.get(Wallet, payment.customer_id)):
        wallet = wallet.moved(amount, now)
        yield wallet
    yield from ledger.give_back(payment, request_id, amount, now, wallet)
    payment = payment.gives_back(amount)
    refund = replace(refund, status="approved", total=payment.refunded)
    yield refund
    yield from tell(payment, refund)
    return payment


def tell(payment: Payment, refund: Refund) -> Outcomes:
    """What became of a refund, to who asked for it, and of the cancellation that it may complete."""
    if refund.asked_for and refund.status == "approved":
        yield PaymentRefunded(
            order_id=payment.order_id,
            payment_id=payment.payment_id,
            customer_id=payment.customer_id,
            refund_id=refund.refund_id,
            amount=payment.price(refund.amount),
            refunded=payment.money(refund.total),
            status="refunded" if refund.total == payment.amount else "partially_refunded",
        )
    elif refund.asked_for and refund.status == "declined":
        yield RefundRefused(payment_id=payment.payment_id, refund_id=refund.refund_id, reason="card_declined")
    if payment.cancel_requested and payment.status == "refunded":
        yield cancelled(payment)


def cancelled(payment: Payment) -> PaymentCancelled:
    return PaymentCancelled(
        order_id=payment.order_id,
        payment_id=payment.payment_id,
        customer_id=payment.customer_id,
        status=payment.status,  # type: ignore[arg-type]  # asked only of payments that are over
        refunded=payment.money(payment.refunded) if payment.status == "refunded" else None,
    )


def _refused(command: RefundPayment, reason: Reason) -> RefundRefused:
    return RefundRefused(payment_id=command.payment_id, refund_id=command.refund_id, reason=reason)
