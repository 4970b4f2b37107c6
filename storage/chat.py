"""The tables of chat. Numbers of a room have no twins, and an invitation is sealed once, whatever the rules believe."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

room = sa.Table(
    "room",
    metadata,
    sa.Column("room_id", sa.Text, primary_key=True),
    sa.Column("cast_id", sa.Text, nullable=False),
    sa.Column("guest_id", sa.Text, nullable=False),
    sa.Column("last", sa.BigInteger, nullable=False),
    sa.Column("opened_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("cast_id", "guest_id", name="room_is_the_only_one_of_its_two"),
    sa.CheckConstraint("last >= 0", name="room_counts_from_1"),
    sa.Index("room_of_a_guest", "guest_id", "room_id"),
)

invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("reservation_id", sa.Text, primary_key=True),
    sa.Column("cast_id", sa.Text, nullable=False),
    sa.Column("guest_id", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("plan", JSONB, nullable=False),
    sa.Column("starts_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.CheckConstraint(
        "status IN ('asked', 'refused', 'open', 'confirmed', 'expired', 'withdrawn', 'declined', 'cancelled_by_guest',"
        " 'cancelled_by_cast', 'no_show_guest', 'no_show_cast')",
        name="invitation_status_is_known",
    ),
    sa.CheckConstraint("(status IN ('asked', 'refused')) = (version = 0)", name="invitation_that_is_held_has_a_version"),
    sa.CheckConstraint("(version = 0) = (starts_at IS NULL)", name="invitation_that_is_held_has_a_time"),
)

message = sa.Table(
    "message",
    metadata,
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("room_id", sa.Text, sa.ForeignKey("room.room_id", name="message_is_in_a_room"), nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sender_id", sa.Text, nullable=False),
    sa.Column("reservation_id", sa.Text, nullable=True),
    sa.Column("text", JSONB, nullable=False),
    sa.Column("at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.UniqueConstraint("room_id", "number", name="message_number_is_of_one_message"),
    sa.UniqueConstraint("reservation_id", "kind", name="message_of_an_invitation_comes_once"),
    sa.CheckConstraint("number > 0", name="message_numbers_count_from_1"),
    sa.CheckConstraint("kind IN ('text', 'invitation', 'seal', 'closed')", name="message_kind_is_known"),
    sa.CheckConstraint("(kind = 'text') = (reservation_id IS NULL)", name="message_of_an_invitation_names_it"),
)
