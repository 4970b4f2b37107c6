"""What shipping answers. The one place where a recipient's seal is opened; what comes out is stored nowhere (S3-75)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.sealed import Sealed
from contracts.shipping import GetShipment, Recipient, ShipmentAnswer, TrackingStep
from storage import shipping as tables

Open: TypeAlias = Callable[[Sealed], bytes]
"""Gives the plaintext. Raises ValueError when the box cannot be opened."""

_shipment, _event, _reference = tables.shipment, tables.carrier_event, tables.reference
_name: sa.BindParameter[str] = sa.bindparam("name", type_=sa.Text)

# The history comes in the order of what happened, whatever the order in which it became known (S3-33).
_step = sa.func.jsonb_build_object("status", _event.c.status, "at", _event.c.at)
_history = (
    sa.select(sa.func.jsonb_agg(aggregate_order_by(_step, _event.c.at, _event.c.event_id), type_=JSONB))
    .where(_event.c.order_id == _shipment.c.order_id)
    .scalar_subquery()
)
_SHIPMENT = (
    sa.select(_shipment, _history.label("history"))
    .join(_reference, _reference.c.order_id == _shipment.c.order_id)
    .where(_reference.c.reference == _name)
)


def opening(open_: Open) -> Callable[[GetShipment, AsyncConnection], Awaitable[ShipmentAnswer | None]]:
    """The query, with a way to open what was sealed to shipping."""

    async def shipment(query: GetShipment, read: AsyncConnection) -> ShipmentAnswer | None:
        """By shipment id or tracking number. A cancellation without a shipment is none."""
        row = (await read.execute(_SHIPMENT, {"name": query.shipment_id})).first()
        if row is None or not row.recipient:
            return None
        return ShipmentAnswer(
            shipment_id=row.shipment_id,
            order_id=row.order_id,
            customer_id=row.customer_id,
            status=row.status,
            tracking_number=row.tracking_number or "",
            carrier=row.carrier,
            prefecture=row.prefecture,
            postal_code=row.postal_code,
            recipient=_recipient(row.recipient, open_),
            estimated_delivery=row.estimated_delivery,
            created_at=row.created_at,
            shipped_at=row.shipped_at,
            delivered_at=row.moved_at if row.status == "delivered" else None,
            history=tuple(TrackingStep.model_validate(step) for step in row.history or ()),
        )

    return shipment


def _recipient(sealed: dict[str, Any], open_: Open) -> Recipient | None:
    """None for a box that was sealed to another key or is no recipient: the rest of the answer is worth having."""
    try:
        return Recipient.model_validate_json(open_(Sealed.model_validate(sealed)))
    except ValueError:
        return None
