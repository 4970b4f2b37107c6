"""Shipments and what carriers report (S3-30 … S3-36)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.message import Id
from contracts.shipping import CarrierStatus, GetShipment, RecordShipmentEvent, ShipmentAnswer
from edge.calls import Call, Intent
from edge.endpoints import Guard, Routes
from edge.fields import Request
from edge.owned import owned
from infra import ids

routes = Routes("shipments")


class CarrierEvent(Request):
    """`event_id` is the carrier's; without one, each report is an event of its own. `at` is now when left out."""

    status: CarrierStatus
    at: AwareDatetime | None = None
    event_id: Annotated[Id | None, Field()] = None


@routes.get("/v1/shipments/{shipment_id}", ShipmentAnswer)
async def shipment(call: Call[None]) -> bytes:
    """A shipment and its way so far."""
    return owned(await call.ask(GetShipment(shipment_id=call.id("shipment_id"))), call.principal)


@routes.post("/v1/shipments/{shipment_id}/events", CarrierEvent, guard=Guard.ADMIN, ids=("shipment_id", "event_id"))
async def report(call: Call[CarrierEvent]) -> Intent:
    """Record what the carrier reports; it may come twice and in any order."""
    shipment_id = call.id("shipment_id")
    known = await call.glance(GetShipment(shipment_id=shipment_id))
    event_id = call.body.event_id or str(ids.root())
    command = RecordShipmentEvent(
        shipment_id=shipment_id,
        event_id=event_id,
        status=call.body.status,
        at=call.body.at or call.now,
        prefecture=known["prefecture"] if known else "",
    )
    return Intent(command, {"shipment_id": shipment_id, "event_id": event_id}, {"shipment": f"/v1/shipments/{shipment_id}"})
