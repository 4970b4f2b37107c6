"""Refunds of a part or all of what was captured (S3-21)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.message import Command, Event, Id, Refusal
from contracts.money import Money, Price

# What happened


class PaymentRefunded(Event):
    """One refund of `amount`; `refunded` is the sum of all refunds of the payment so far."""

    topic, about, key, aggregate = "payment.payment-refunded.v1", "order_id", "customer_id", "payment"
    order_id: str
    payment_id: str
    customer_id: str
    refund_id: str
    amount: Price
    refunded: Money
    status: Literal["partially_refunded", "refunded"]


class RefundRefused(Refusal):
    """`card_declined`: the provider would not give it back. `invalid_state` also: the refund id means another refund."""

    topic, about = "payment.refund-refused.v1", "payment_id"
    payment_id: str
    refund_id: str
    reason: Literal["unknown_payment", "invalid_state", "exceeds_captured", "currency_mismatch", "card_declined"]


# What can be asked of payment


class RefundPayment(Command):
    """Give back a part of what was captured; the refund id is the idempotency key."""

    topic, about, key = "payment.refund-payment.v1", "payment_id", "customer_id"
    succeeds, fails = (PaymentRefunded,), (RefundRefused,)
    refund_id: Id
    payment_id: Id
    amount: Price
    customer_id: str = Field(default="", max_length=64, description="routes")
