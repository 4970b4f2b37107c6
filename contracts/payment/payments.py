"""Payments of orders: charged once, undone, read (S3-20, S3-24, S3-26)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.money import Money, Price

Method = Literal["wallet", "card", "pay_later"]
PaymentStatus = Literal["pending", "captured", "partially_refunded", "refunded", "declined", "voided", "unknown"]
CardToken = Annotated[str, StringConstraints(pattern=r"^(tok_[a-z0-9_]{1,60})?$")]
"""The provider's name for a card. A card number has no place in any message: it does not fit the pattern."""
ORDERS = UUID("6f1d2c9e-2f5b-5b0a-9a57-6c0c5f8f4b11")
"""Namespace of the ids that are derived from an order's."""


def payment_id_of(order_id: str) -> str:
    """One payment per order (S3-58): its id follows from the order's."""
    return str(uuid5(ORDERS, order_id))


# What happened


class PaymentCaptured(Event):
    """The money is ours; of `pay_later`, the receivable is."""

    topic, about, key, aggregate = "payment.payment-captured.v1", "order_id", "customer_id", "payment"
    order_id: str
    payment_id: str
    customer_id: str
    amount: Price
    method: Method


class PaymentDeclined(Refusal):
    """`invalid_state`: the payment was given up before it was asked for."""

    topic, about, key = "payment.payment-declined.v1", "order_id", "customer_id"
    order_id: str
    payment_id: str
    customer_id: str
    reason: Literal["insufficient_funds", "card_declined", "currency_mismatch", "invalid_state"]


class PaymentUnknown(Event):
    """The provider's answer was lost; it is asked again, nothing is assumed."""

    topic, about, key, aggregate = "payment.payment-unknown.v1", "order_id", "customer_id", "payment"
    order_id: str
    payment_id: str
    customer_id: str


class PaymentCancelled(Event):
    """Nothing is charged any more: it never was (`voided`), or all of it is refunded, as `refunded` says."""

    topic, about, key, aggregate = "payment.payment-cancelled.v1", "order_id", "customer_id", "payment"
    order_id: str
    payment_id: str
    customer_id: str
    status: Literal["voided", "refunded", "declined"]
    refunded: Money | None = None


class PaymentCancellationRefused(Refusal):
    """The provider does not give the money back; asked for again, he is asked again."""

    topic, about, key = "payment.cancellation-refused.v1", "order_id", "customer_id"
    order_id: str
    payment_id: str
    customer_id: str
    reason: Literal["refund_declined"]


# What can be asked of payment


class ChargePayment(Command):
    """Charge one order, once: the order id is the business key."""

    topic, about, key = "payment.charge-payment.v1", "order_id", "customer_id"
    succeeds, fails = (PaymentCaptured,), (PaymentDeclined,)
    span = "payment-process"
    order_id: Id
    customer_id: Id
    amount: Price
    method: Method
    card_token: CardToken = ""


class CancelPayment(Command):
    """Undo the charge of an order, whatever became of it; one that comes first refuses the late charge.

    A saga that gives a charge up to go on with `pay_later` says `charge_only`: the receivable made for the confirmed
    order stands, whichever of the two messages comes first.
    """

    topic, about, key = "payment.cancel-payment.v1", "order_id", "customer_id"
    succeeds, fails = (PaymentCancelled,), (PaymentCancellationRefused,)
    order_id: Id
    customer_id: Id
    charge_only: bool = False


# What can be asked about


class PaymentAnswer(Answer):
    payment_id: str
    order_id: str
    customer_id: str
    amount: Price
    refunded: Money
    method: Method
    status: PaymentStatus
    reason: str
    transaction_id: str
    created_at: datetime
    processed_at: datetime | None
    due_date: date | None = Field(default=None, description="a civil date in Japan; only of `pay_later`")


class GetPayment(Query):
    topic, about = "payment.get-payment.v1", "payment_id"
    payment_id: Id
