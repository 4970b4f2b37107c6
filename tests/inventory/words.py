"""The words in which the tests of inventory speak."""

from __future__ import annotations

from datetime import datetime, timedelta

from contracts.inventory import ExpireReservation, Line, PricedLine, ReservationRefused, ReserveStock, StockReserved
from contracts.money import Price
from infra.decision import After, Row
from infra.spec import NOON, Spec
from workers.inventory import group
from workers.inventory.rules.state import Product, Reservation, Stock, priced

HOLD_FOR = timedelta(seconds=600)
LATER = NOON + HOLD_FOR
SOON = NOON + timedelta(minutes=1)


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def product(sku: str, *, price: int = 100, category: str = "kitchen", threshold: int = 0) -> Product:
    return Product(sku, sku.title(), category, price, "JPY", threshold, NOON)


def stock(
    sku: str,
    on_hand: int,
    reserved: int = 0,
    *,
    low: bool | None = None,
    threshold: int = 0,
    category: str = "kitchen",
) -> Stock:
    is_low = on_hand - reserved <= threshold if low is None else low
    return Stock(sku, category, threshold, on_hand, reserved, is_low)


def shop(**on_hand: int) -> Spec:
    """A shop with so much of each sku, never low."""
    rows: list[Row] = [product(sku) for sku in on_hand]
    return given(*rows, *(stock(sku, quantity, low=False) for sku, quantity in on_hand.items()))


def lines(**quantities: int) -> tuple[Line, ...]:
    return tuple(Line(sku=sku, quantity=quantity) for sku, quantity in quantities.items())


def reserve(order_id: str, **quantities: int) -> ReserveStock:
    return ReserveStock(order_id=order_id, customer_id="CUST-001", lines=lines(**quantities), category="kitchen")


def reservation(order_id: str, status: str = "held", *, until: datetime = LATER, **quantities: int) -> Reservation:
    kept = [priced(line, line.sku.title(), Price(amount=100, currency="JPY")) for line in lines(**quantities)]
    created = until - HOLD_FOR
    return Reservation(order_id, "CUST-001", "kitchen", status, kept, until, created)  # type: ignore[arg-type]


def priced_lines(**quantities: int) -> tuple[PricedLine, ...]:
    price = Price(amount=100, currency="JPY")
    return tuple(
        PricedLine(sku=sku, quantity=quantity, name=sku.title(), unit_price=price) for sku, quantity in quantities.items()
    )


def reserved(order_id: str, until: datetime = LATER, **quantities: int) -> StockReserved:
    return StockReserved(order_id=order_id, customer_id="CUST-001", lines=priced_lines(**quantities), expires_at=until)


def refused(order_id: str, reason: str, *skus: str, customer_id: str = "CUST-001") -> ReservationRefused:
    return ReservationRefused(order_id=order_id, customer_id=customer_id, reason=reason, skus=skus)  # type: ignore[arg-type]


def timer(order_id: str, at: datetime = LATER) -> After:
    return After(at, ExpireReservation(order_id=order_id, category="kitchen"))
