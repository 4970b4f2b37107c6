"""The tables of inventory. What must never be false about stock is a constraint here, whatever the rules believe."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

product = sa.Table(
    "product",
    metadata,
    sa.Column("sku", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("low_stock_threshold", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("amount > 0", name="product_costs_something"),
    sa.CheckConstraint("low_stock_threshold >= 0", name="product_threshold_is_a_quantity"),
    sa.Index("product_by_category", "category", "sku"),
)

stock = sa.Table(
    "stock",
    metadata,
    sa.Column("sku", sa.Text, sa.ForeignKey("product.sku", name="stock_is_of_a_product"), primary_key=True),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("low_stock_threshold", sa.BigInteger, nullable=False),
    sa.Column("on_hand", sa.BigInteger, nullable=False),
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("low", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name="stock_is_never_oversold"),
)

movement = sa.Table(
    "movement",
    metadata,
    sa.Column("movement_id", sa.Text, primary_key=True),
    sa.Column("sku", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
    # An order sells a product once and gets it back once, whatever id the message had (S3-58).
    sa.UniqueConstraint("order_id", "sku", "reason", name="movement_of_an_order_happens_once"),
    sa.CheckConstraint(
        "quantity > 0 AND reason IN ('receive', 'return') OR quantity < 0 AND reason IN ('sale', 'damage')"
        " OR quantity <> 0 AND reason = 'adjust'",
        name="movement_goes_the_way_of_its_reason",
    ),
    sa.Index("movement_by_sku", "sku", "at"),
)

reservation = sa.Table(
    "reservation",
    metadata,
    sa.Column("order_id", sa.Text, primary_key=True),
    sa.Column("customer_id", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("lines", JSONB, nullable=False),
    sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("returned", sa.Boolean, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("status IN ('held', 'confirmed', 'released', 'expired')", name="reservation_status_is_known"),
    sa.CheckConstraint("NOT (returned AND status = 'held')", name="reservation_held_is_not_returned"),
    # Few are ever overdue, so what asks for them reads next to nothing.
    sa.Index("reservation_held_until", "expires_at", postgresql_where=sa.text("status = 'held'")),
)

oversold = sa.Table(
    "oversold",
    metadata,
    sa.Column("oversold_id", sa.Text, primary_key=True),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("sku", sa.Text, nullable=False),
    sa.Column("quantity", sa.BigInteger, nullable=False),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.UniqueConstraint("order_id", "sku", name="oversold_once_per_line"),
    sa.CheckConstraint("quantity > 0", name="oversold_lacks_something"),
)

product_import = sa.Table(
    "product_import",
    metadata,
    sa.Column("import_id", sa.Text, primary_key=True),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Column("arrived", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("skip", sa.Integer, nullable=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("faults", JSONB, nullable=False),
    sa.CheckConstraint("status IN ('arriving', 'running', 'finished', 'refused')", name="import_status_is_known"),
    sa.CheckConstraint("arrived BETWEEN 1 AND parts", name="import_has_its_parts_once"),
    sa.CheckConstraint("failed BETWEEN 0 AND rows", name="import_counts_add_up"),
)

import_part = sa.Table(
    "import_part",
    metadata,
    sa.Column("part_id", sa.Text, primary_key=True),
    sa.Column("import_id", sa.Text, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.UniqueConstraint("import_id", "part", name="import_part_comes_once"),
)

_line = sa.func.jsonb_array_elements(reservation.c.lines).table_valued(sa.column("value", JSONB), name="line")
_held_too_long = sa.and_(reservation.c.status == sa.literal_column("'held'"), reservation.c.expires_at <= sa.func.now())

overdue: sa.Select[tuple[str, list[str]]] = (
    sa.select(
        _line.c.value["sku"].astext.label("sku"),
        sa.func.jsonb_agg(reservation.c.order_id.distinct()).label("order_ids"),
    )
    .select_from(reservation.join(_line, sa.true()))
    .where(_held_too_long)
    .group_by(sa.literal_column("1"))
)
"""Reservations past their time whose timer has not rung yet, by sku (S3-17)."""

overdue_quantity: sa.Select[tuple[str, int]] = (
    sa.select(
        _line.c.value["sku"].astext.label("sku"),
        sa.func.sum(_line.c.value["quantity"].astext.cast(sa.BigInteger)).label("quantity"),
    )
    .select_from(reservation.join(_line, sa.true()))
    .where(_held_too_long)
    .group_by(sa.literal_column("1"))
)
"""How much such reservations still hold of each sku; it no longer counts."""
