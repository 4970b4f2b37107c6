"""The tables of offer: what casts offer, and what they have promised already."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

plan = sa.Table(
    "plan",
    metadata,
    sa.Column("plan_id", sa.Text, primary_key=True),
    sa.Column("cast_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("slots", JSONB, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("minutes BETWEEN 5 AND 1440", name="plan_lasts_a_day_at_most"),
    sa.CheckConstraint("amount > 0", name="plan_has_a_price"),
    sa.CheckConstraint("version > 0", name="plan_versions_count_from_1"),
    sa.Index("plan_of_a_cast", "cast_id", "plan_id"),
)

engagement = sa.Table(
    "engagement",
    metadata,
    sa.Column("reservation_id", sa.Text, primary_key=True),
    sa.Column("cast_id", sa.Text, nullable=False),
    sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint("state IN ('held', 'taken', 'over')", name="engagement_state_is_known"),
    sa.Index("engagement_of_a_cast", "cast_id", "ends_at"),
)
