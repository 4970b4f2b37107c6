"""The tables of notification. A mailbox counts what stands in it, and no two notifications have one place."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

KEPT = 500
"""Notifications of one recipient; older ones are dropped as new ones come."""

metadata = sa.MetaData()

mailbox = sa.Table(
    "mailbox",
    metadata,
    sa.Column("recipient", sa.Text, primary_key=True),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("unread", sa.Integer, nullable=False),
    sa.CheckConstraint("unread BETWEEN 0 AND received", name="mailbox_has_received_what_is_unread"),
)

notification = sa.Table(
    "notification",
    metadata,
    sa.Column("notification_id", sa.Text, primary_key=True),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=False),
    sa.Column("ja", sa.Text, nullable=False),
    sa.Column("en", sa.Text, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("read_at", sa.TIMESTAMP(timezone=True), nullable=True),
    sa.UniqueConstraint("recipient", "number", name="notification_has_its_own_place"),
    sa.CheckConstraint("number >= 1", name="notification_numbers_begin_at_1"),
)

_oldest = aggregate_order_by(notification.c.notification_id, notification.c.number)
surplus = (
    sa.select(notification.c.recipient, sa.func.jsonb_agg(_oldest, type_=JSONB).label("notification_ids"))
    .join(mailbox, mailbox.c.recipient == notification.c.recipient)
    .where(notification.c.number <= mailbox.c.received - KEPT)
    .group_by(notification.c.recipient)
)
"""What a recipient has beyond the last `KEPT`, oldest first."""
