"""The rows of shipping. Their fields are the columns of `storage/shipping.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from contracts.shipping import CarrierStatus, ShipmentStatus
from infra.decision import Row

NAMESPACE = UUID("b6f0a1d4-58c3-5d7e-8a64-2f1e9c0d7b35")
"""Under which this domain derives its ids, so that a repetition finds what the first time has left."""

CARRIER = "hikyaku"


def shipment_id_of(order_id: str) -> str:
    return str(uuid5(NAMESPACE, f"shipment/{order_id}"))


def carrier_event_id(order_id: str, event_id: str) -> str:
    return str(uuid5(NAMESPACE, f"event/{order_id}/{event_id}"))


@dataclass(frozen=True, slots=True)
class Shipment(Row):
    """What goes to whom (S3-34). `status` and the two times are what all carrier events known so far amount to.

    A cancelled one without parcels closes an order beforehand: its cancellation came first. `recipient` stays sealed.
    """

    order_id: str
    shipment_id: str
    customer_id: str
    status: ShipmentStatus
    prefecture: str
    postal_code: str
    recipient: dict[str, Any]
    parcels: list[dict[str, Any]]
    tracking_number: str | None
    carrier: str
    estimated_delivery: date | None
    created_at: datetime
    moved_at: datetime | None = None
    shipped_at: datetime | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Reference(Row):
    """Every number that a shipment is known by, its own id and its tracking number, and the order behind it."""

    reference: str
    order_id: str


@dataclass(frozen=True, slots=True)
class CarrierEvent(Row):
    """One word of a carrier, never changed."""

    carrier_event_id: str
    order_id: str
    event_id: str
    status: CarrierStatus
    at: datetime
    recorded_at: datetime
