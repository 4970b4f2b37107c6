"""What customers hear of their orders while they are not looking: on its way, delivered, or failed."""

from __future__ import annotations

from datetime import datetime

from contracts.order import OrderDelivered, OrderFailed, OrderShipped
from infra.decision import Outcomes, Rows
from workers.notification.rules.notices import notify
from workers.notification.rules.source import Kind, Source

SHIPPED = Kind(
    "order_shipped", ja="ご注文 {subject} を発送しました。", en="Order {subject} is on its way.", link="/v1/orders/{subject}"
)
DELIVERED = Kind(
    "order_delivered", ja="ご注文 {subject} をお届けしました。", en="Order {subject} was delivered.", link="/v1/orders/{subject}"
)
FAILED = Kind(
    "order_failed",
    ja="ご注文 {subject} は成立しませんでした({reason})。",
    en="Order {subject} did not go through ({reason}).",
    link="/v1/orders/{subject}",
)


def shipped(event: OrderShipped, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.customer_id, SHIPPED, event.order_id)


def delivered(event: OrderDelivered, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.customer_id, DELIVERED, event.order_id)


def failed(event: OrderFailed, rows: Rows, now: datetime) -> Outcomes:
    yield from notify(rows, now, event.customer_id, FAILED, event.order_id, reason=event.reason)


source = Source(SHIPPED, DELIVERED, FAILED)
source.on(OrderShipped, shipped)
source.on(OrderDelivered, delivered)
source.on(OrderFailed, failed)
