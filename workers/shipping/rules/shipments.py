"""One shipment per order, arranged with the carrier or by hand, and cancelled only before it is picked up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Literal

from contracts.order import OrderCancelled, OrderDegraded
from contracts.shipping import (
    ArrangementRefused,
    ArrangeShipment,
    CancellationRefused,
    CancelShipment,
    Destination,
    Parcel,
    RecordShipmentEvent,
    ShipmentArranged,
    ShipmentCancelled,
    ShipmentEventRecorded,
    ShipmentEventRefused,
    ShipmentMoved,
)
from infra.decision import Decision, Outcomes, Rows
from workers.shipping.rules import postcodes, tracking
from workers.shipping.rules.delivery import IsHoliday, estimated_delivery
from workers.shipping.rules.journey import after
from workers.shipping.rules.state import (
    CARRIER,
    CarrierEvent,
    Reference,
    Shipment,
    carrier_event_id,
    shipment_id_of,
)


def arranging(is_holiday: IsHoliday) -> Decision[ArrangeShipment]:
    """The rule with this calendar."""

    def arrange_shipment(command: ArrangeShipment, rows: Rows, now: datetime) -> Outcomes:
        """Hand the order to the carrier, once. Whoever asks again hears what was arranged."""
        known = rows.get(Shipment, command.order_id)
        if known and known.status in ("cancelled", "manual"):
            yield _refused(command, "invalid_state")
        elif known:
            yield _arranged(known)
        elif why := _unfit(command.destination):
            yield _refused(command, why)
        else:
            prefecture = command.destination.prefecture
            shipment = replace(
                _new(command.order_id, command.customer_id, command.destination, command.parcels, now),
                tracking_number=_free_number(command.order_id, rows),
                carrier=CARRIER,
                estimated_delivery=estimated_delivery(prefecture, now, is_holiday),
            )
            yield shipment
            yield from _named(shipment, rows)
            yield _arranged(shipment)

    return arrange_shipment


def cancel_shipment(command: CancelShipment, rows: Rows, now: datetime) -> Outcomes:
    """Before pick-up only. One that overtakes its arrangement closes it beforehand."""
    shipment = rows.get(Shipment, command.order_id)
    if shipment is None:
        shipment = _tombstone(command, now)
        yield shipment
        yield from _named(shipment, rows)
    elif shipment.status == "manual" and command.arrangement_only:
        pass  # The arrangement that is given up was replaced by this shipment already.
    elif shipment.status in ("arranged", "manual"):
        yield replace(shipment, status="cancelled")
    elif shipment.status != "cancelled":
        yield CancellationRefused(order_id=shipment.order_id, customer_id=shipment.customer_id, reason="invalid_state")
        return
    yield _cancelled(shipment)


def arrange_by_hand(event: OrderDegraded, rows: Rows, now: datetime) -> Outcomes:
    """The saga did without us: somebody has to arrange this shipment (S3-94).

    The arrangement that was given up, and its cancellation, may come before or after; neither stands against this.
    """
    if "manual_shipping" not in event.modes:
        return
    known = rows.get(Shipment, event.order_id)
    if known and known.status not in ("arranged", "cancelled"):
        return
    parcels = tuple(Parcel(sku=line.sku, quantity=line.quantity) for line in event.lines)
    shipment = _new(event.order_id, event.customer_id, event.destination, parcels, now)
    shipment = replace(shipment, status="manual", sequence=known.sequence if known else 0)
    yield shipment
    yield from _named(shipment, rows)
    yield _moved(shipment, now)


def cancel_by_hand(event: OrderCancelled, rows: Rows, now: datetime) -> Outcomes:
    """An order that is cancelled needs no hand any more, also where its cancellation had come before its shipment."""
    shipment = rows.get(Shipment, event.order_id)
    if shipment and shipment.status == "manual":
        yield replace(shipment, status="cancelled")
        yield _cancelled(shipment)


def record_event(command: RecordShipmentEvent, rows: Rows, now: datetime) -> Outcomes:
    """Keep every word of the carrier once; tell when all of them amount to something new."""
    reference = rows.get(Reference, command.shipment_id)
    shipment = rows.get(Shipment, reference.order_id) if reference else None
    if shipment is None:
        yield ShipmentEventRefused(shipment_id=command.shipment_id, reason="unknown_shipment")
        return
    if shipment.status == "cancelled":
        yield ShipmentEventRefused(shipment_id=command.shipment_id, reason="invalid_state")
        return
    key = carrier_event_id(shipment.order_id, command.event_id)
    if rows.get(CarrierEvent, key) is None:
        moved = after(shipment, command.status, command.at)
        yield CarrierEvent(key, shipment.order_id, command.event_id, command.status, command.at, now)
        yield moved
        if moved.status != shipment.status:
            yield _moved(moved, command.at)
        shipment = moved
    yield ShipmentEventRecorded(shipment_id=command.shipment_id, status=shipment.status)


def _unfit(destination: Destination) -> Literal["invalid_address", "undeliverable"] | None:
    if not postcodes.belongs(destination.postal_code, destination.prefecture):
        return "invalid_address"
    return None if postcodes.is_served(destination.postal_code) else "undeliverable"


def _free_number(order_id: str, rows: Rows) -> str:
    """The first of the order's candidates that no other shipment has."""
    candidates = (tracking.candidate(order_id, attempt) for attempt in count())
    return next(number for number in candidates if rows.get(Reference, number) is None)


def _named(shipment: Shipment, rows: Rows) -> Outcomes:
    for name in (shipment.shipment_id, shipment.tracking_number):
        if name and rows.get(Reference, name) is None:
            yield Reference(name, shipment.order_id)


def _new(order_id: str, customer_id: str, destination: Destination, parcels: tuple[Parcel, ...], now: datetime) -> Shipment:
    return Shipment(
        order_id=order_id,
        shipment_id=shipment_id_of(order_id),
        customer_id=customer_id,
        status="arranged",
        prefecture=destination.prefecture,
        postal_code=destination.postal_code,
        recipient=destination.recipient.model_dump(),
        parcels=[parcel.model_dump() for parcel in parcels],
        tracking_number=None,
        carrier="",
        estimated_delivery=None,
        created_at=now,
    )


def _tombstone(command: CancelShipment, now: datetime) -> Shipment:
    number = shipment_id_of(command.order_id)
    return Shipment(
        command.order_id, number, command.customer_id, "cancelled", command.prefecture, "", {}, [], None, "", None, now
    )


def _arranged(shipment: Shipment) -> ShipmentArranged:
    assert shipment.tracking_number and shipment.estimated_delivery, "an arranged shipment has both"
    return ShipmentArranged(
        order_id=shipment.order_id,
        customer_id=shipment.customer_id,
        shipment_id=shipment.shipment_id,
        tracking_number=shipment.tracking_number,
        carrier=shipment.carrier,
        prefecture=shipment.prefecture,
        estimated_delivery=shipment.estimated_delivery,
    )


def _moved(shipment: Shipment, at: datetime) -> ShipmentMoved:
    return ShipmentMoved(
        order_id=shipment.order_id,
        customer_id=shipment.customer_id,
        shipment_id=shipment.shipment_id,
        status=shipment.status,
        at=at,
    )


def _cancelled(shipment: Shipment) -> ShipmentCancelled:
    return ShipmentCancelled(order_id=shipment.order_id, customer_id=shipment.customer_id, shipment_id=shipment.shipment_id)


def _refused(
    command: ArrangeShipment, reason: Literal["invalid_address", "undeliverable", "invalid_state"]
) -> ArrangementRefused:
    return ArrangementRefused(order_id=command.order_id, customer_id=command.customer_id, reason=reason)
