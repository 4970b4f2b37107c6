"""Where a shipment is, from what carriers have said in any order and any number of times (S3-31, S3-36).

The status is the greatest of all events, by how far along the way they are, and among equals by their time. A greatest
element does not depend on the order in which its set became known, nor on repetitions; so it can be kept one by one.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from contracts.shipping import CarrierStatus, ShipmentStatus
from workers.shipping.rules.state import Shipment

STAGE = MappingProxyType(
    {
        "arranged": 0,
        "manual": 0,
        "picked_up": 1,
        "in_transit": 2,
        "out_for_delivery": 3,
        "delivery_failed": 3,
        "delivered": 4,
        "returned": 4,
    }
)
"""How far along. A failed delivery is tried again, so these two are one stage; at the end nothing is undone."""

TIES = ("out_for_delivery", "delivery_failed", "delivered", "returned")
"""Two events of one stage and one time: the later name here is believed."""


def after(shipment: Shipment, status: CarrierStatus, at: datetime) -> Shipment:
    """The shipment when this is known, too."""
    first = min(at, shipment.shipped_at or at)
    if shipment.moved_at is None or _greatness(status, at) > _greatness(shipment.status, shipment.moved_at):
        return replace(shipment, status=status, moved_at=at, shipped_at=first)
    return replace(shipment, shipped_at=first)


def _greatness(status: ShipmentStatus, at: datetime) -> tuple[int, datetime, int]:
    return STAGE[status], at, TIES.index(status) if status in TIES else 0
