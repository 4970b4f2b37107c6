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

price_alert = sa.Table(
    "price_alert",
    metadata,
    sa.Column("alert_id", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("watch", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("threshold", sa.BigInteger, nullable=False),
    sa.Column("armed", sa.Boolean, nullable=True),
    sa.Column("fired", sa.Integer, nullable=False),
    sa.Column("fired_on", sa.Date, nullable=True),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint("watch IN ('close', 'forecast')", name="price_alert_watch_is_known"),
    sa.CheckConstraint("direction IN ('above', 'below')", name="price_alert_direction_is_known"),
    sa.CheckConstraint("threshold > 0", name="price_alert_threshold_is_a_price"),
    sa.CheckConstraint("(fired = 0) = (fired_on IS NULL)", name="price_alert_fired_on_a_day"),
    sa.Index("price_alert_by_holder", "holder", "alert_id"),
)

watched = sa.Table(
    "watched",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("alert_ids", JSONB, nullable=False),
    sa.Column("day", sa.Date, nullable=True),
    sa.Column("close", sa.BigInteger, nullable=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("forecast", sa.BigInteger, nullable=True),
    sa.CheckConstraint("(day IS NULL) = (close IS NULL)", name="watched_close_has_a_day"),
    sa.CheckConstraint("jsonb_array_length(alert_ids) <= 100", name="watched_alerts_are_bounded"),
)

_oldest = aggregate_order_by(notification.c.notification_id, notification.c.number)
surplus = (
    sa.select(notification.c.recipient, sa.func.jsonb_agg(_oldest, type_=JSONB).label("notification_ids"))
    .join(mailbox, mailbox.c.recipient == notification.c.recipient)
    .where(notification.c.number <= mailbox.c.received - KEPT)
    .group_by(notification.c.recipient)
)
"""What a recipient has beyond the last `KEPT`, oldest first."""
