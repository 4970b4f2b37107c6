"""The rows of payment. Amounts are integers in the smallest unit of the row's currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from contracts.money import Money, Price
from contracts.payment import ORDERS, payment_id_of
from infra.decision import Row


@dataclass(frozen=True, slots=True)
class Payment(Row):
    """What became of charging one order (S3-24).

    `charge_id` is the order's id, so that an order is charged once (S3-58); only the receivable that takes the place
    of a payment given up is named `<order>/later`. `awaiting` holds the requests the provider has not answered yet,
    each with what a webhook has said of it meanwhile ("" for nothing). A tombstone has no amount: it is a payment
    that was cancelled before it was asked for.
    """

    charge_id: str
    payment_id: str
    order_id: str
    customer_id: str
    method: str
    currency: str
    amount: int
    status: str
    created_at: datetime
    processed_at: datetime | None = None
    reason: str = ""
    refunded: int = 0
    refunding: int = 0
    cancel_requested: bool = False
    cancellations: int = 0
    awaiting: Mapping[str, str] = field(default_factory=dict)
    card_token: str = ""
    reference: str = ""
    due_date: date | None = None
    sequence: int = 0

    @property
    def holds(self) -> bool:
        return self.refunded >= 0 and self.refunding >= 0 and self.refunded + self.refunding <= self.amount

    @property
    def remainder(self) -> int:
        """What could still be refunded: neither given back nor on its way."""
        return self.amount - self.refunded - self.refunding

    @property
    def open(self) -> bool:
        """The provider has not said yet whether the money is ours."""
        return self.status in ("pending", "unknown")

    @property
    def captured(self) -> bool:
        """Some of the money is ours."""
        return self.status in ("captured", "partially_refunded")

    def price(self, amount: int) -> Price:
        return Price(amount=amount, currency=self.currency)

    def money(self, amount: int) -> Money:
        return Money(amount=amount, currency=self.currency)

    def asks(self, request_id: str) -> Payment:
        return replace(self, awaiting={**self.awaiting, request_id: ""})

    def hears(self, request_id: str, evidence: str) -> Payment:
        return replace(self, awaiting={**self.awaiting, request_id: evidence})

    def knows(self, request_id: str) -> Payment:
        return replace(self, awaiting={name: said for name, said in self.awaiting.items() if name != request_id})

    def gives_back(self, amount: int) -> Payment:
        """So much more is refunded, which a payment that was never captured does not call a refund."""
        refunded = self.refunded + amount
        status = "refunded" if refunded == self.amount else "partially_refunded"
        return replace(self, refunded=refunded, status=status if self.captured else self.status)


@dataclass(frozen=True, slots=True)
class Refund(Row):
    """One refund, `pending | approved | declined`. `total` is the sum of the payment's refunds with this one.

    The refunds of a cancellation have a slash in their `refund_id`, which nobody outside can write.
    """

    request_id: str
    refund_id: str
    charge_id: str
    amount: int
    currency: str
    status: str
    created_at: datetime
    total: int = 0
    reference: str = ""

    @property
    def asked_for(self) -> bool:
        """Somebody asked for this very refund and waits for its answer."""
        return "/" not in self.refund_id


@dataclass(frozen=True, slots=True)
class Wallet(Row):
    """A customer's prepaid money in one currency, fixed by the first deposit (S3-25). `entries` numbers its statement."""

    customer_id: str
    currency: str
    balance: int
    entries: int
    updated_at: datetime
    sequence: int = 0

    @property
    def holds(self) -> bool:
        return self.balance >= 0

    @property
    def account(self) -> str:
        return account_of(self.customer_id)

    def moved(self, amount: int, now: datetime) -> Wallet:
        return replace(self, balance=self.balance + amount, entries=self.entries + 1, updated_at=now)


@dataclass(frozen=True, slots=True)
class Entry(Row):
    """One side of a transfer, never changed: a credit is positive, a debit negative, each transfer sums to 0.

    Only wallets have a running `balance` and a `number`: the balance of a system account is the sum of its entries,
    so that no row is locked by every charge.
    """

    entry_id: UUID
    transfer_id: UUID
    account: str
    currency: str
    amount: int
    number: int | None
    balance: int | None
    kind: str
    reference: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaymentNumber(Row):
    """Which charge a payment id means; it never changes, so it is read without a lock."""

    payment_id: str
    charge_id: str


def account_of(customer_id: str) -> str:
    """The ledger account of a wallet."""
    return f"wallet:{customer_id}"


def later_of(order_id: str) -> str:
    """The charge id of the receivable that takes the place of a payment given up."""
    return f"{order_id}/later"


def tombstone(charge_id: str, order_id: str, customer_id: str, now: datetime) -> Payment:
    """A charge that must not happen any more."""
    identity = payment_id_of(charge_id)
    return Payment(charge_id, identity, order_id, customer_id, "", "", 0, "voided", now, now, cancel_requested=True)


def request_of(refund_id: str) -> str:
    """The provider's idempotency key of a refund; the capture's is the payment id."""
    return str(uuid5(ORDERS, f"refund:{refund_id}"))
