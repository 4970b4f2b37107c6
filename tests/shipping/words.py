"""The words in which the tests of shipping speak."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from contracts.inventory import PricedLine
from contracts.money import Price
from contracts.order import OrderCancelled, OrderDegraded
from contracts.sealed import Sealed
from contracts.shipping import (
    ArrangementRefused,
    ArrangeShipment,
    CancelShipment,
    Destination,
    Parcel,
    RecordShipmentEvent,
    ShipmentArranged,
    ShipmentCancelled,
    ShipmentEventRecorded,
    ShipmentMoved,
)
from infra.decision import Row
from infra.spec import NOON, Spec
from workers.shipping import group
from workers.shipping.rules import tracking
from workers.shipping.rules.state import Reference, Shipment, shipment_id_of

SEALED = Sealed(to="shipping", box="c2VhbGVk")
TOKYO = Destination(postal_code="100-0001", prefecture="JP-13", recipient=SEALED)
NUMBER = tracking.candidate("A", 0)
SHIPMENT = shipment_id_of("A")
# NOON of the specifications is New Year's Day 2030, 21:00 in Japan: it leaves on Wednesday the 2nd.
ARRIVES = date(2030, 1, 3)


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def arrange(order_id: str = "A", destination: Destination = TOKYO) -> ArrangeShipment:
    return ArrangeShipment(
        order_id=order_id, customer_id="CUST-001", prefecture=destination.prefecture, destination=destination,
        parcels=(Parcel(sku="CUP", quantity=2),),
    )  # fmt: skip


def cancel(**more: bool) -> CancelShipment:
    return CancelShipment(order_id="A", customer_id="CUST-001", prefecture="JP-13", **more)


def confirmed(*modes: Any) -> OrderDegraded:
    price = Price(amount=100, currency="JPY")
    return OrderDegraded(
        order_id="A", customer_id="CUST-001", total=price, modes=modes, payment_method="wallet", destination=TOKYO,
        lines=(PricedLine(sku="CUP", quantity=2, name="Cup", unit_price=price),),
    )  # fmt: skip


def order_cancelled() -> OrderCancelled:
    return OrderCancelled(order_id="A", customer_id="CUST-001")


def shipment(status: Any = "arranged", moved_at: datetime | None = None) -> Shipment:
    arranged = Shipment(
        "A", SHIPMENT, "CUST-001", status, "JP-13", "100-0001", SEALED.model_dump(), [{"sku": "CUP", "quantity": 2}],
        NUMBER, "hikyaku", ARRIVES, NOON, moved_at, moved_at,
    )  # fmt: skip
    by_hand = replace(arranged, tracking_number=None, carrier="", estimated_delivery=None)
    return by_hand if status == "manual" else arranged


def known(status: Any = "arranged", moved_at: datetime | None = None) -> Spec:
    """A shipment with its names."""
    rows: list[Row] = [shipment(status, moved_at), Reference(SHIPMENT, "A")]
    return given(*rows, *([] if status == "manual" else [Reference(NUMBER, "A")]))


def arranged() -> ShipmentArranged:
    return ShipmentArranged(
        order_id="A", customer_id="CUST-001", shipment_id=SHIPMENT, tracking_number=NUMBER, carrier="hikyaku",
        prefecture="JP-13", estimated_delivery=ARRIVES,
    )  # fmt: skip


def refused(reason: Any) -> ArrangementRefused:
    return ArrangementRefused(order_id="A", customer_id="CUST-001", reason=reason)


def cancelled() -> ShipmentCancelled:
    return ShipmentCancelled(order_id="A", customer_id="CUST-001", shipment_id=SHIPMENT)


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def event(status: Any, hours: float, event_id: str = "", name: str = SHIPMENT) -> RecordShipmentEvent:
    return RecordShipmentEvent(
        shipment_id=name, event_id=event_id or f"{status}-{hours}", status=status, at=at(hours), prefecture="JP-13"
    )


def moved(status: Any, hours: float) -> ShipmentMoved:
    return ShipmentMoved(order_id="A", customer_id="CUST-001", shipment_id=SHIPMENT, status=status, at=at(hours))


def recorded(status: Any, name: str = SHIPMENT) -> ShipmentEventRecorded:
    return ShipmentEventRecorded(shipment_id=name, status=status)
