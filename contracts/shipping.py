"""The published language of shipping (S3-30 … S3-36)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.sealed import Sealed

ShipmentStatus = Literal[
    "arranged",
    "picked_up",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "delivery_failed",
    "returned",
    "cancelled",
    "manual",
]
CarrierStatus = Literal["picked_up", "in_transit", "out_for_delivery", "delivered", "delivery_failed", "returned"]


class Destination(BaseModel):
    """Where to, as far as it must be read on the way; who lives there is sealed to shipping."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    postal_code: Annotated[str, StringConstraints(pattern=r"^\d{3}-\d{4}$")]
    prefecture: Annotated[str, StringConstraints(pattern=r"^JP-(0[1-9]|[1-3]\d|4[0-7])$")] = Field(description="ISO 3166-2:JP")
    recipient: Sealed = Field(description="city, line1, recipient and phone")


class Parcel(BaseModel):
    """What is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sku: Id
    quantity: int = Field(ge=1, le=1_000_000)


# What happened


class ShipmentArranged(Event):
    topic, about, key, aggregate = "shipping.shipment-arranged.v1", "order_id", "customer_id", "shipment"
    order_id: str
    customer_id: str
    shipment_id: str
    tracking_number: str
    carrier: str
    prefecture: str
    estimated_delivery: date


class ArrangementRefused(Refusal):
    """`invalid_address`: postcode and prefecture disagree. `undeliverable`: the carrier does not serve this postcode.

    `invalid_state`: the shipment was cancelled, before it was asked for or since, or is arranged by hand.
    """

    topic, about, key = "shipping.arrangement-refused.v1", "order_id", "customer_id"
    order_id: str
    customer_id: str
    reason: Literal["invalid_address", "undeliverable", "invalid_state"]


class ShipmentMoved(Event):
    """The status that all carrier events known so far amount to has changed."""

    topic, about, key, aggregate = "shipping.shipment-moved.v1", "order_id", "customer_id", "shipment"
    order_id: str
    customer_id: str
    shipment_id: str
    status: ShipmentStatus
    at: datetime


class ShipmentCancelled(Event):
    topic, about, key, aggregate = "shipping.shipment-cancelled.v1", "order_id", "customer_id", "shipment"
    order_id: str
    customer_id: str
    shipment_id: str


class CancellationRefused(Refusal):
    """It has left already."""

    topic, about, key = "shipping.cancellation-refused.v1", "order_id", "customer_id"
    order_id: str
    customer_id: str
    reason: Literal["invalid_state"]


class ShipmentEventRecorded(Event):
    """A carrier's word was noted, also when it changed nothing."""

    topic, about, aggregate = "shipping.shipment-event-recorded.v1", "shipment_id", ""
    shipment_id: str
    status: ShipmentStatus


class ShipmentEventRefused(Refusal):
    topic, about = "shipping.shipment-event-refused.v1", "shipment_id"
    shipment_id: str
    reason: Literal["unknown_shipment", "invalid_state"]


# What can be asked of shipping


class ArrangeShipment(Command):
    """One shipment per order."""

    topic, about, key = "shipping.arrange-shipment.v1", "order_id", "prefecture"
    succeeds, fails = (ShipmentArranged,), (ArrangementRefused,)
    order_id: Id
    customer_id: Id
    prefecture: str = Field(max_length=8, description="routes (S3-35)")
    destination: Destination
    parcels: tuple[Parcel, ...] = Field(min_length=1, max_length=100)


class CancelShipment(Command):
    """Before pick-up only; one that comes first refuses the late arrangement.

    A saga that gives an arrangement up to go on by hand says `arrangement_only`: the manual shipment stands, whichever
    of the two messages comes first.
    """

    topic, about, key = "shipping.cancel-shipment.v1", "order_id", "prefecture"
    succeeds, fails = (ShipmentCancelled,), (CancellationRefused,)
    order_id: Id
    customer_id: Id
    prefecture: str = Field(default="", max_length=8)
    arrangement_only: bool = False


class RecordShipmentEvent(Command):
    """What a carrier reports; may come twice and in any order. `shipment_id` may also be the tracking number."""

    topic, about, key = "shipping.record-shipment-event.v1", "shipment_id", "prefecture"
    succeeds, fails = (ShipmentEventRecorded,), (ShipmentEventRefused,)
    shipment_id: Id
    event_id: Id
    status: CarrierStatus
    at: AwareDatetime
    prefecture: str = Field(default="", max_length=8)


# What can be asked about


class TrackingStep(BaseModel):
    model_config = ConfigDict(frozen=True)

    status: str
    at: datetime


class Recipient(BaseModel):
    """What is inside the seal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    city: str
    line1: str
    recipient: str
    phone: str


class ShipmentAnswer(Answer):
    shipment_id: str
    order_id: str
    customer_id: str
    status: ShipmentStatus
    tracking_number: str
    carrier: str
    prefecture: str
    postal_code: str
    recipient: Recipient | None
    estimated_delivery: date | None
    created_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    history: tuple[TrackingStep, ...]


class GetShipment(Query):
    """By shipment id or tracking number."""

    topic, about = "shipping.get-shipment.v1", "shipment_id"
    shipment_id: Id
