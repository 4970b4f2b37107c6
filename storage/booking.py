"""The tables of booking. No two bookings of a cast or of a guest overlap, whatever the rules believe."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

metadata = sa.MetaData()


def _never_overlap(person: str) -> ExcludeConstraint:
    """Checked when a statement ends: in one batch a booking is cancelled and the next takes its time."""
    return ExcludeConstraint(
        (sa.column(person), "="),
        (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
        where=sa.text("status = 'confirmed'"),
        using="gist",
        name=f"bookings_of_a_{person.removesuffix('_id')}_never_overlap",
        deferrable=True,
        initially="IMMEDIATE",
    )


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
)

reservation = sa.Table(
    "reservation",
    metadata,
    sa.Column("reservation_id", sa.Text, primary_key=True),
    sa.Column("cast_id", sa.Text, nullable=False),
    sa.Column("guest_id", sa.Text, nullable=False),
    sa.Column("plan", JSONB, nullable=False),
    sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("pledge_token", sa.Text, nullable=True),
    sa.Column("pressed_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint(
        "status IN ('draft', 'confirmed', 'expired', 'withdrawn', 'declined', 'cancelled_by_guest', 'cancelled_by_cast', "
        "'no_show_guest', 'no_show_cast')",
        name="reservation_status_is_known",
    ),
    sa.CheckConstraint("starts_at < ends_at OR status = 'withdrawn'", name="reservation_takes_time"),
    sa.CheckConstraint("expires_at <= starts_at", name="reservation_expires_before_it_starts"),
    sa.CheckConstraint("(pledge_token IS NULL) = (pressed_at IS NULL)", name="reservation_press_has_a_token"),
    sa.CheckConstraint("pledge_token IS NULL OR status = 'draft'", name="reservation_press_is_of_a_draft"),
    sa.CheckConstraint("status = 'withdrawn' OR reason = ''", name="reservation_reason_is_of_a_withdrawal"),
    _never_overlap("cast_id"),
    _never_overlap("guest_id"),
    sa.Index("reservation_of_a_cast", "cast_id", "reservation_id"),
    sa.Index("reservation_of_a_guest", "guest_id", "reservation_id"),
)

day = sa.Table(
    "day",
    metadata,
    sa.Column("day_id", sa.Text, primary_key=True),
    sa.Column("entries", JSONB, nullable=False),
)
