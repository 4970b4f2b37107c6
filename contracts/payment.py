"""The published language of payment: wallets, charges and refunds (S3-20 … S3-26)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.message import Answer, Command, Event, Id, Job, Query, Refusal
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


class DepositMade(Event):
    """Asked for again it is told again: the `deposit_id` says that it is the same."""

    topic, about, key, aggregate = "payment.deposit-made.v1", "customer_id", "", "wallet"
    customer_id: str
    deposit_id: str
    amount: Price
    balance: Money


class DepositRefused(Refusal):
    """`invalid_state`: the id was used for another deposit. `limit_exceeded`: the balance would be beyond 10^12."""

    topic, about = "payment.deposit-refused.v1", "customer_id"
    customer_id: str
    deposit_id: str
    reason: Literal["currency_mismatch", "invalid_state", "limit_exceeded"]


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


class ProviderEventRecorded(Event):
    """A webhook was read, also when it changed nothing."""

    topic, about = "payment.provider-event-recorded.v1", "payment_id"
    payment_id: str
    provider: str
    event_id: str


# What can be asked of payment


class DepositMoney(Command):
    """Top up a wallet. The first deposit opens it and fixes its currency; the deposit id is the idempotency key."""

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


class RefundPayment(Command):
    """Give back a part of what was captured; the refund id is the idempotency key."""

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
    card_token: CardToken = ""


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
    succeeds = (ProviderEventRecorded,)
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
    attempt: int = Field(default=1, ge=1)


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


class AccountBalance(BaseModel):
    """Credits less debits of one account; `wallets` stands for all of them together."""

    model_config = ConfigDict(frozen=True)

    account: str
    currency: str
    balance: int


class LedgerAnswer(Answer):
    """`faults` counts wallets that differ from the sum of their entries and payments refunded beyond their amount."""

    accounts: tuple[AccountBalance, ...]
    faults: int


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


class AuditLedger(Query):
    """Adds up every entry: for reconciliation, not for each page view."""

    topic, about = "payment.audit-ledger.v1", "scope"
    slow = True
    scope: Literal["all"] = "all"
