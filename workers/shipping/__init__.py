"""Owns shipments and what carriers say of them. Never knows what an order costs, or whether it is paid."""

from __future__ import annotations

from datetime import date

import holidays

from contracts.order import OrderCancelled, OrderDegraded
from contracts.shipping import ArrangeShipment, CancelShipment, GetShipment, RecordShipmentEvent
from infra.group import Group
from infra.settings import lanes_of
from infra.unsealing import unsealing
from storage import shipping as tables
from workers.shipping import queries
from workers.shipping.rules import shipments, state

_HOLIDAYS = holidays.country_holidays("JP")


def is_holiday(day: date) -> bool:
    """Japanese public holidays, substitute days included; the calendar fills a year when it is first asked about it."""
    return day in _HOLIDAYS


group = Group(
    "shipping",
    tables={
        state.Reference: tables.reference,
        state.Shipment: tables.shipment,
        state.CarrierEvent: tables.carrier_event,
    },
    aggregates={"shipment": state.Shipment},
    partitions=lanes_of("shipping"),
    metadata=tables.metadata,
)

group.on(ArrangeShipment, shipments.arranging(is_holiday))
group.on(CancelShipment, shipments.cancel_shipment)
group.on(RecordShipmentEvent, shipments.record_event)
group.on(OrderDegraded, shipments.arrange_by_hand)
group.on(OrderCancelled, shipments.cancel_by_hand)

group.answers(GetShipment, queries.opening(unsealing("shipping")))
