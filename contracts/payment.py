"""The published language of payment: wallets, charges and refunds (S3-20 … S3-26)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.message import Answer, Command, Event, Id, Job, Query, Refusal
from contracts.money import Money, Price

Method = Literal["wallet", "card", "pay_later"]
PaymentStatus = Literal["pending", "captured", "partially_refunded", "refunded", "declined", "voided", "unknown"]


# What happened


class DepositMade(Event):
    topic, about, key, aggregate = "payment.deposit-made.v1", "customer_id", "", "wallet"
    customer_id: str
    deposit_id: str
    amount: Price
    balance: Money


class DepositRefused(Refusal):
    topic, about = "payment.deposit-refused.v1", "customer_id"
    customer_id: str
    deposit_id: str
    reason: Literal["currency_mismatch"]


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
    """Nothing is charged any more: it never was (`voided`), or what was left of it is refunded."""

    topic, about, key, aggregate = "payment.payment-cancelled.v1", "order_id", "customer_id", "payment"
    order_id: str
    payment_id: str
    customer_id: str
    status: Literal["voided", "refunded", "declined"]
    refunded: Money | None = None


class PaymentRefunded(Event):
    topic, about, key, aggregate = "payment.payment-refunded.v1", "order_id", "customer_id", "payment"
    order_id: str
    payment_id: str
    customer_id: str
    refund_id: str
    amount: Price
    refunded: Money
    status: Literal["partially_refunded", "refunded"]


class RefundRefused(Refusal):
    topic, about = "payment.refund-refused.v1", "payment_id"
    payment_id: str
    refund_id: str
    reason: Literal["unknown_payment", "invalid_state", "exceeds_captured", "currency_mismatch"]


# What can be asked of payment


class DepositMoney(Command):
    topic, about = "payment.deposit-money.v1", "customer_id"
    succeeds, fails = (DepositMade,), (DepositRefused,)
    deposit_id: Id
    customer_id: Id
    amount: Price


class ChargePayment(Command):
    """Charge one order, once: the order id is the business key."""

    topic, about, key = "payment.charge-payment.v1", "order_id", "customer_id"
    succeeds, fails = (PaymentCaptured,), (PaymentDeclined,)
    order_id: Id
    customer_id: Id
    amount: Price
    method: Method
    card_token: str = Field(default="", max_length=64, pattern=r"^[a-z0-9_]*$", description="the provider's, never a card number")


class CancelPayment(Command):
    """Undo the charge of an order, whatever became of it; one that comes first refuses the late charge.

    A saga that gives a charge up to go on with `pay_later` says `charge_only`: the receivable made for the confirmed
    order stands, whichever of the two messages comes first.
    """

    topic, about, key = "payment.cancel-payment.v1", "order_id", "customer_id"
    succeeds = (PaymentCancelled,)
    order_id: Id
    customer_id: Id
    charge_only: bool = False


class RefundPayment(Command):
    topic, about, key = "payment.refund-payment.v1", "payment_id", "customer_id"
    succeeds, fails = (PaymentRefunded,), (RefundRefused,)
    refund_id: Id
    payment_id: Id
    amount: Price
    customer_id: str = Field(default="", max_length=64, description="routes")


class CallProvider(Job):
    """Ask the card provider to capture, refund or report. Its answer comes as RecordProviderAnswer."""

    topic, about, key = "payment.call-provider.v1", "payment_id", "customer_id"
    payment_id: Id
    customer_id: Id
    action: Literal["capture", "refund", "inquire"]
    request_id: Id = Field(description="the provider's idempotency key")
    amount: Price
    card_token: str = ""


class RecordProviderAnswer(Command):
    """`unknown`: no answer came; `absent`: the provider has never heard of the request."""

    topic, about, key = "payment.record-provider-answer.v1", "payment_id", "customer_id"
    payment_id: Id
    customer_id: Id
    action: Literal["capture", "refund", "inquire"]
    request_id: Id
    outcome: Literal["approved", "declined", "unknown", "absent"]
    reference: str = Field(default="", max_length=64)


class RecordProviderEvent(Command):
    """A webhook whose signature the edge has checked; may come twice and in any order."""

    topic, about = "payment.record-provider-event.v1", "payment_id"
    provider: str = Field(max_length=32)
    event_id: Id
    payment_id: Id
    request_id: Id
    kind: Literal["capture.approved", "capture.declined", "refund.approved", "refund.declined"]
    at: datetime
    reference: str = Field(default="", max_length=64)


class ResolvePayment(Command):
    """The timer of an unanswered provider call rang."""

    topic, about, key = "payment.resolve-payment.v1", "payment_id", "customer_id"
    payment_id: Id
    customer_id: Id
    attempt: int = 1


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
    due_date: datetime | None = None


class WalletAnswer(Answer):
    customer_id: str
    balance: Money
    updated_at: datetime


class EntryAnswer(Answer):
    entry_id: str
    kind: str
    amount: Money
    balance: Money
    reference: str
    at: datetime


class EntryPage(Answer):
    items: tuple[EntryAnswer, ...]
    next_cursor: str | None


class GetPayment(Query):
    topic, about = "payment.get-payment.v1", "payment_id"
    payment_id: Id


class GetWallet(Query):
    topic, about = "payment.get-wallet.v1", "customer_id"
    customer_id: Id


class ListEntries(Query):
    topic, about = "payment.list-entries.v1", "customer_id"
    customer_id: Id
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
