"""Orders: placed, confirmed, on their way, cancelled (S3-40 … S3-45)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from contracts.inventory import Line, PricedLine
from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.money import Price
from contracts.order.modes import Mode
from contracts.payment import CardToken, Method
from contracts.process import SagaStep
from contracts.shipping import Destination

OrderStatus = Literal["pending", "confirmed", "shipped", "delivered", "failed", "cancelling", "cancelled", "needs_attention"]


# What happened


class OrderPlaced(Event):
    topic, about, key, aggregate = "order.order-placed.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str
    lines: tuple[Line, ...]


class OrderConfirmed(Event):
    """The pivot is behind: stock sold, payment captured, shipment arranged, or the named mode taken instead."""

    topic, about, key, aggregate = "order.order-confirmed.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str
    status: Literal["confirmed"] = "confirmed"
    lines: tuple[PricedLine, ...]
    total: Price
    modes: tuple[Mode, ...] = ()
    payment_method: Method
    destination: Destination


class OrderDegraded(Event):
    """Said beside OrderConfirmed when modes were taken: the participants that were passed over catch up when they hear it.

    An event of its own, so that an order which needs no catching up wakes nobody.
    """

    topic, about, key, aggregate = "order.order-degraded.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str
    lines: tuple[PricedLine, ...]
    total: Price
    modes: tuple[Mode, ...]
    payment_method: Method
    destination: Destination


class OrderFailed(Refusal):
    """A refused order is an order that failed; it belongs to the order's history all the same."""

    topic, about, key, aggregate = "order.order-failed.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str
    step: str


class OrderCancelling(Event):
    topic, about, key, aggregate = "order.order-cancelling.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str


class OrderCancelled(Event):
    topic, about, key, aggregate = "order.order-cancelled.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str
    status: Literal["cancelled"] = "cancelled"


class OrderRefused(Refusal):
    """The order is not in a state for this, there is none, or it is somebody else's."""

    topic, about, key = "order.order-refused.v1", "order_id", "customer_id"
    order_id: str
    customer_id: str
    reason: Literal["invalid_state", "unknown_order", "already_exists"]


class OrderShipped(Event):
    topic, about, key, aggregate = "order.order-shipped.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str


class OrderDelivered(Event):
    topic, about, key, aggregate = "order.order-delivered.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str


class OrderNeedsAttention(Event):
    topic, about, key, aggregate = "order.order-needs-attention.v1", "order_id", "customer_id", "order"
    order_id: str
    customer_id: str
    step: str
    reason: str


# What can be asked of order


class PlaceOrder(Command):
    topic, about, key = "order.place-order.v1", "order_id", "customer_id"
    succeeds, fails = (OrderConfirmed,), (OrderFailed, OrderRefused)
    span = "order-processing"
    order_id: Id
    customer_id: Id
    lines: tuple[Line, ...] = Field(min_length=1, max_length=100)
    destination: Destination
    payment_method: Method
    card_token: CardToken = ""


class CancelOrder(Command):
    """Before pick-up: refunds, puts the stock back and cancels the shipment."""

    topic, about, key = "order.cancel-order.v1", "order_id", "customer_id"
    succeeds, fails = (OrderCancelled,), (OrderRefused,)
    order_id: Id
    customer_id: str = Field(default="", max_length=64, description="routes, and must own the order when given")


# What can be asked about


class OrderAnswer(Answer):
    order_id: str
    customer_id: str
    status: OrderStatus
    reason: str
    steps: tuple[SagaStep, ...]
    items: tuple[dict[str, Any], ...]
    total: Price | None
    payment: dict[str, Any] | None
    shipment: dict[str, Any] | None
    modes: tuple[str, ...]
    placed_at: datetime
    updated_at: datetime


class OrderPage(Answer):
    items: tuple[OrderAnswer, ...]
    next_cursor: str | None


class GetOrder(Query):
    topic, about = "order.get-order.v1", "order_id"
    order_id: Id


class ListOrders(Query):
    topic, about = "order.list-orders.v1", "customer_id"
    customer_id: str = Field(default="", max_length=64)
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
