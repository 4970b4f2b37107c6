"""Stock held for an order, then sold, released, expired or returned (S3-11 … S3-19)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.inventory.lines import Line, PricedLine
from contracts.message import Answer, Command, Event, Id, Query, Refusal


class StockReserved(Event):
    topic, about, key, aggregate = "inventory.stock-reserved.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str
    lines: tuple[PricedLine, ...]
    expires_at: datetime


class ReservationRefused(Refusal):
    """`invalid_state`: the reservation is over already, or was given up before it was asked for."""

    topic, about, key = "inventory.reservation-refused.v1", "order_id", "customer_id"
    order_id: str
    customer_id: str = ""
    reason: Literal["unknown_product", "insufficient_stock", "reservation_expired", "invalid_state"]
    skus: tuple[str, ...] = ()


class ReservationConfirmed(Event):
    topic, about, key, aggregate = "inventory.reservation-confirmed.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class ReservationReleased(Event):
    """Nothing is held for this order any more, be it released now, before, or expired in the meantime."""

    topic, about, key, aggregate = "inventory.reservation-released.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class ReservationExpired(Event):
    topic, about, key, aggregate = "inventory.reservation-expired.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class StockReturned(Event):
    """Sold stock of a cancelled order is on the shelf again."""

    topic, about, key, aggregate = "inventory.stock-returned.v1", "order_id", "customer_id", "reservation"
    order_id: str
    customer_id: str = ""


class ReserveStock(Command):
    """Hold every line or none, until confirmed, released or expired. The order id is the idempotency key (S3-19)."""

    topic, about, key = "inventory.reserve-stock.v1", "order_id", "category"
    succeeds, fails = (StockReserved,), (ReservationRefused,)
    span = "inventory-reserve"
    order_id: Id
    customer_id: Id
    lines: tuple[Line, ...] = Field(min_length=1, max_length=100)
    category: str = Field(default="", max_length=64, description="of the first line: routes (S3-61)")


class ConfirmReservation(Command):
    """The stock is sold."""

    topic, about, key = "inventory.confirm-reservation.v1", "order_id", "category"
    succeeds, fails = (ReservationConfirmed,), (ReservationRefused,)
    order_id: Id
    category: str = Field(default="", max_length=64)


class ReleaseReservation(Command):
    """Give back what is held. One that comes before its reservation closes it beforehand."""

    topic, about, key = "inventory.release-reservation.v1", "order_id", "category"
    succeeds, fails = (ReservationReleased,), (ReservationRefused,)
    order_id: Id
    category: str = Field(default="", max_length=64)


class ReturnStock(Command):
    """Put the sold stock of a cancelled order back, once. One that comes before the sale prevents it."""

    topic, about, key = "inventory.return-stock.v1", "order_id", "category"
    succeeds, fails = (StockReturned,), (ReservationRefused,)
    order_id: Id
    category: str = Field(default="", max_length=64)


class ExpireReservation(Command):
    """The timer of a reservation rang."""

    topic, about, key = "inventory.expire-reservation.v1", "order_id", "category"
    order_id: Id
    category: str = ""


class ReservationAnswer(Answer):
    reservation_id: str
    order_id: str
    customer_id: str
    items: tuple[Line, ...]
    status: Literal["held", "confirmed", "released", "expired"]
    expires_at: datetime
    created_at: datetime


class GetReservation(Query):
    topic, about = "inventory.get-reservation.v1", "order_id"
    order_id: Id
