"""The words in which the tests of payment speak. Amounts are yen; the customer is CUST-001, the order A."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from contracts.inventory import PricedLine
from contracts.money import Money, Price
from contracts.order import OrderDegraded
from contracts.payment import (
    CallProvider,
    CancelPayment,
    ChargePayment,
    DepositMoney,
    PaymentCancelled,
    PaymentCaptured,
    PaymentDeclined,
    PaymentRefunded,
    PaymentUnknown,
    ProviderEventRecorded,
    RecordProviderAnswer,
    RecordProviderEvent,
    RefundPayment,
    RefundRefused,
    ResolvePayment,
    payment_id_of,
)
from contracts.sealed import Sealed
from contracts.shipping import Destination
from infra.decision import After, Row
from infra.spec import NOON, Spec
from workers.payment import group
from workers.payment.rules import Payment, PaymentNumber
from workers.payment.rules.provider import GUARD
from workers.payment.rules.rows import later_of, request_of

CUSTOMER = "CUST-001"
PAYMENT = payment_id_of("A")
LATER = payment_id_of(later_of("A"))
WHO: dict[str, Any] = {"order_id": "A", "payment_id": PAYMENT, "customer_id": CUSTOMER}
NUMBERS = (PaymentNumber(PAYMENT, "A"), PaymentNumber(LATER, later_of("A")))
"""Which charge a payment id means is looked up among what is committed, so a Spec is told."""


def given(*rows: Row) -> Spec:
    return Spec(group, *NUMBERS, *rows)


def yen(amount: int) -> Price:
    return Price(amount=amount, currency="JPY")


def deposit(amount: int, name: str = "D", customer: str = CUSTOMER, currency: str = "JPY") -> DepositMoney:
    money = Price(amount=amount, currency=currency)
    return DepositMoney(deposit_id=name, customer_id=customer, amount=money)


def charge(amount: int, method: str = "wallet", token: str = "", currency: str = "JPY") -> ChargePayment:
    money = Price(amount=amount, currency=currency)
    return ChargePayment(order_id="A", customer_id=CUSTOMER, amount=money, method=method, card_token=token)  # type: ignore[arg-type]


def refund(amount: int, name: str = "R", payment_id: str = PAYMENT, currency: str = "JPY") -> RefundPayment:
    return RefundPayment(refund_id=name, payment_id=payment_id, amount=Price(amount=amount, currency=currency))


def wallet_with(amount: int) -> Spec:
    return given().when(deposit(amount))


def paid_by_wallet(amount: int, of: int = 1_000) -> Spec:
    return wallet_with(of).when(charge(amount))


def asked_of_card(amount: int = 500) -> Spec:
    return given().when(charge(amount, "card", "tok_approve"))


def paid_by_card(amount: int = 500) -> Spec:
    return asked_of_card(amount).when(said("approved"))


def said(outcome: str, action: str = "capture", request: str = PAYMENT, reference: str = "ref") -> RecordProviderAnswer:
    return RecordProviderAnswer(
        payment_id=PAYMENT,
        customer_id=CUSTOMER,
        action=action,  # type: ignore[arg-type]
        request_id=request,
        outcome=outcome,  # type: ignore[arg-type]
        reference=reference,
    )


def refund_said(outcome: str, name: str = "R", action: str = "refund") -> RecordProviderAnswer:
    return said(outcome, action, request_of(name))


def webhook(kind: str, request: str = PAYMENT, event: str = "evt_1") -> RecordProviderEvent:
    return RecordProviderEvent(
        provider="local", event_id=event, payment_id=PAYMENT, request_id=request, kind=kind, at=NOON  # type: ignore[arg-type]
    )  # fmt: skip


def noted(event: str = "evt_1") -> ProviderEventRecorded:
    return ProviderEventRecorded(payment_id=PAYMENT, provider="local", event_id=event)


def call(action: str, amount: int, request: str = PAYMENT, token: str = "") -> CallProvider:
    return CallProvider(
        payment_id=PAYMENT,
        customer_id=CUSTOMER,
        action=action,  # type: ignore[arg-type]
        request_id=request,
        amount=yen(amount),
        card_token=token,
    )


def confirmed(order_id: str, customer_id: str, amount: int, *modes: str) -> OrderDegraded:
    return OrderDegraded(
        order_id=order_id,
        customer_id=customer_id,
        lines=(PricedLine(sku="CUP", quantity=1, name="Cup", unit_price=yen(amount)),),
        total=yen(amount),
        modes=modes,  # type: ignore[arg-type]
        payment_method="card",
        destination=Destination(postal_code="100-0001", prefecture="JP-13", recipient=Sealed(to="shipping", box="")),
    )


def rings(attempt: int = 1) -> ResolvePayment:
    return ResolvePayment(payment_id=PAYMENT, customer_id=CUSTOMER, attempt=attempt)


def timer(attempt: int = 1, after: timedelta = GUARD) -> After:
    return After(NOON + after, rings(attempt))


def captured(amount: int, method: str = "wallet", payment_id: str = PAYMENT) -> PaymentCaptured:
    return PaymentCaptured(**{**WHO, "payment_id": payment_id}, amount=yen(amount), method=method)  # type: ignore[arg-type]


def declined(reason: str) -> PaymentDeclined:
    return PaymentDeclined(**WHO, reason=reason)  # type: ignore[arg-type]


def unknown() -> PaymentUnknown:
    return PaymentUnknown(**WHO)


def cancelled(status: str, refunded: int | None = None, payment_id: str = PAYMENT) -> PaymentCancelled:
    money = None if refunded is None else Money(amount=refunded, currency="JPY")
    return PaymentCancelled(**{**WHO, "payment_id": payment_id}, status=status, refunded=money)  # type: ignore[arg-type]


def refunded(amount: int, total: int, status: str, name: str = "R") -> PaymentRefunded:
    money = Money(amount=total, currency="JPY")
    return PaymentRefunded(**WHO, refund_id=name, amount=yen(amount), refunded=money, status=status)  # type: ignore[arg-type]


def refund_refused(reason: str, name: str = "R", payment_id: str = PAYMENT) -> RefundRefused:
    return RefundRefused(payment_id=payment_id, refund_id=name, reason=reason)  # type: ignore[arg-type]


def payment_of(spec: Spec, charge_id: str = "A") -> Payment:
    found = spec.row(Payment, charge_id)
    assert found is not None
    return found


CANCEL = CancelPayment(order_id="A", customer_id=CUSTOMER)
