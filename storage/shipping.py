"""The tables of shipping. One shipment per order, and no two things with one number, whatever the rules believe."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

shipment = sa.Table(
    "shipment",
    metadata,
    sa.Column("order_id", sa.Text, primary_key=True),
    sa.Column("shipment_id", sa.Text, nullable=False),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("prefecture", sa.Text, nullable=False),
    sa.Column("postal_code", sa.Text, nullable=False),
    sa.Column("recipient", JSONB, nullable=False),
    sa.Column("parcels", JSONB, nullable=False),
    sa.Column("tracking_number", sa.Text, nullable=True),
    sa.Column("carrier", sa.Text, nullable=False),
    sa.Column("estimated_delivery", sa.Date, nullable=True),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("moved_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column("shipped_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("shipment_id", name="shipment_id_is_unique"),
    sa.UniqueConstraint("tracking_number", name="shipment_tracking_number_is_unique"),
    sa.CheckConstraint(
        "status IN ('arranged', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'delivery_failed',"
        " 'returned', 'cancelled', 'manual')",
        name="shipment_status_is_known",
    ),
    sa.CheckConstraint(
        "(status IN ('arranged', 'cancelled', 'manual')) = (moved_at IS NULL)", name="shipment_moves_from_pick_up_on"
    ),
    sa.CheckConstraint("(moved_at IS NULL) = (shipped_at IS NULL)", name="shipment_that_moves_was_shipped"),
    sa.CheckConstraint("tracking_number ~ '^[0-9]{12}$'", name="shipment_tracking_number_has_12_digits"),
)

reference = sa.Table(
    "reference",
    metadata,
    sa.Column("reference", sa.Text, primary_key=True),
    sa.Column("order_id", sa.Text, nullable=False),
)

carrier_event = sa.Table(
    "carrier_event",
    metadata,
    sa.Column("carrier_event_id", sa.Text, primary_key=True),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("recorded_at", sa.TIMESTAMP(timezone=True), nullable=False),
    # What a carrier says twice is one event (S3-58).
    sa.UniqueConstraint("order_id", "event_id", name="carrier_event_comes_once"),
    sa.CheckConstraint(
        "status IN ('picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'delivery_failed', 'returned')",
        name="carrier_event_status_is_known",
    ),
)
