"""The rows of inventory. Their fields are the columns of `storage/inventory.py`, in name and order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID, uuid5

from contracts.inventory import Line, PricedLine
from contracts.money import Price
from infra.decision import Row

NAMESPACE = UUID("4e1f3a52-7a4f-5e0b-9c55-1f0c7b1d9e21")
"""Under which this domain derives its ids, so that a repetition finds what the first time has left."""

Reason = Literal["receive", "adjust", "sale", "return", "damage"]


def derived(*parts: str) -> str:
    """One id for these words, always the same and of no one else."""
    return str(uuid5(NAMESPACE, "/".join(parts)))


@dataclass(frozen=True, slots=True)
class Product(Row):
    """The master data of one sku."""

    sku: str
    name: str
    category: str
    amount: int
    currency: str
    low_stock_threshold: int
    updated_at: datetime
    sequence: int = 0

    @property
    def unit_price(self) -> Price:
        return Price(amount=self.amount, currency=self.currency)


@dataclass(frozen=True, slots=True)
class Stock(Row):
    """Pieces of one sku. Category and threshold repeat the product's, so that moving stock reads nothing else.

    `low` remembers that StockLow was told, or that there never was enough to tell it.
    """

    sku: str
    category: str
    low_stock_threshold: int
    on_hand: int = 0
    reserved: int = 0
    low: bool = True
    sequence: int = 0

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved

    @property
    def holds(self) -> bool:
        """S3-14, S3-56: what is promised is there."""
        return 0 <= self.reserved <= self.on_hand


@dataclass(frozen=True, slots=True)
class Movement(Row):
    """One line of the ledger, never changed. The sum of a sku's quantities is its stock on hand."""

    movement_id: str
    sku: str
    quantity: int
    reason: Reason
    order_id: str | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reservation(Row):
    """What an order holds, or held. `lines` are as ordered and priced; `short` in one is what could not be sold.

    A status other than `held` with no lines closes an order beforehand: its release or return came first.
    """

    order_id: str
    customer_id: str
    category: str
    status: Literal["held", "confirmed", "released", "expired"]
    lines: list[dict[str, Any]]
    expires_at: datetime
    created_at: datetime
    returned: bool = False
    sequence: int = 0

    def is_overdue(self, now: datetime) -> bool:
        return self.status == "held" and self.expires_at <= now

    @property
    def quantities(self) -> Mapping[str, int]:
        """Pieces held or sold, by sku."""
        total: Counter[str] = Counter()
        for line in self.lines:
            total[line["sku"]] += line["quantity"] - line.get("short", 0)
        return {sku: quantity for sku, quantity in total.items() if quantity}

    @property
    def short_skus(self) -> list[str]:
        return sorted({line["sku"] for line in self.lines if line.get("short")})

    @property
    def priced_lines(self) -> tuple[PricedLine, ...]:
        return tuple(
            PricedLine(
                sku=line["sku"],
                quantity=line["quantity"],
                name=line["name"],
                unit_price=Price(amount=line["amount"], currency=line["currency"]),
            )
            for line in self.lines
        )


def priced(line: Line, name: str, unit_price: Price, short: int = 0) -> dict[str, Any]:
    """A line as a reservation keeps it."""
    kept: dict[str, Any] = {"sku": line.sku, "quantity": line.quantity, "name": name}
    kept |= {"amount": unit_price.amount, "currency": unit_price.currency}
    return kept | {"short": short} if short else kept


@dataclass(frozen=True, slots=True)
class Oversold(Row):
    """What an order without a stock check still lacks of one sku."""

    oversold_id: str
    order_id: str
    sku: str
    quantity: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Overdue(Row):
    """A lookup: orders that still hold a sku although their time is over."""

    sku: str
    order_ids: list[str]


@dataclass(frozen=True, slots=True)
class ProductImport(Row):
    """An imported file: first its parts arrive, then it is read from line to line.

    The next line to read is `line`; it begins in `part`, after `skip` characters.
    """

    import_id: str
    parts: int
    arrived: int = 0
    status: Literal["arriving", "running", "finished", "refused"] = "arriving"
    part: int = 0
    skip: int = 0
    line: int = 1
    rows: int = 0
    failed: int = 0
    faults: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportPart(Row):
    """A part of an imported file, kept until it is read."""

    part_id: str
    import_id: str
    part: int
    text: str
