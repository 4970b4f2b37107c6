"""The order, with the memory of the saga at work on it, and the copy of the product master that routes and prices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.inventory import Line, PricedLine
from contracts.money import LARGEST, Price
from contracts.order import OrderDelivered, OrderShipped, OrderStatus
from contracts.payment import Method
from infra.decision import Outcomes, Row
from infra.process import No, Progress, State

LEFT = ("picked_up", "in_transit", "out_for_delivery", "delivery_failed", "delivered", "returned")
"""Shipment statuses after which the order counts as shipped."""


@dataclass(frozen=True, slots=True)
class Order(Progress):
    """`lines` are as asked for until the reservation (or the copy of the master) has named and priced them.

    `amount` is the total in minor units of `currency`, 0 until it is known; `category` is that of the first line.
    """

    order_id: str
    customer_id: str
    status: OrderStatus
    lines: list[dict[str, Any]]
    amount: int
    currency: str
    category: str
    destination: dict[str, Any]
    payment_method: Method
    card_token: str
    payment: dict[str, Any]
    shipment: dict[str, Any]
    modes: list[str]
    placed_at: datetime
    updated_at: datetime
    saga: str = ""
    version: int = 1
    state: State = "running"
    backwards: bool = False
    step: str = ""
    waits_for: str = ""
    attempts: int = 0
    asks: int = 0
    deadline: datetime | None = None
    failed: str = ""
    reason: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    sequence: int = 0
    cause: str = ""

    @property
    def total(self) -> Price:
        return Price(amount=self.amount, currency=self.currency)

    def degraded(self, mode: str) -> Order:
        return self.moved(modes=[*self.modes, mode])

    def priced(self, lines: Iterable[PricedLine]) -> Order | No:
        """With the owner's master prices, never the client's. There is no exchange rate here."""
        lines = tuple(lines)
        currencies = {line.unit_price.currency for line in lines}
        if len(currencies) != 1:
            return No("currency_mismatch")
        amount = sum(line.unit_price.amount * line.quantity for line in lines)
        if amount > LARGEST:
            return No("total_too_large")
        dumped = [line.model_dump(mode="json") for line in lines]
        return self.moved(lines=dumped, amount=amount, currency=currencies.pop())

    def demanded(self) -> tuple[Line, ...]:
        return tuple(Line(sku=line["sku"], quantity=line["quantity"]) for line in self.lines)

    def caught_up(self, now: datetime) -> Outcomes:
        """A confirmed order whose shipment has moved on is shipped, then delivered; carriers skip what they like."""
        order, status = self, self.shipment.get("status")
        if order.status == "confirmed" and status in LEFT:
            order = order.moved(status="shipped", updated_at=now)
            yield OrderShipped(order_id=order.order_id, customer_id=order.customer_id)
        if order.status == "shipped" and status == "delivered":
            order = order.moved(status="delivered", updated_at=now)
            yield OrderDelivered(order_id=order.order_id, customer_id=order.customer_id)
        yield order


@dataclass(frozen=True, slots=True)
class Listing(Row):
    """Our copy of one product of the master."""

    sku: str
    category: str
    name: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Product(Listing):
    """The same, looked up without a lock: a popular product must not hold orders up."""
