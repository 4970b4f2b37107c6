"""The tables of analytics: the closes it heard of, and what they add up to by week and month."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

close = sa.Table(
    "close",
    metadata,
    sa.Column("close_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("close", sa.BigInteger, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("symbol", "day", name="close_is_one_for_a_day"),
    sa.CheckConstraint("close > 0", name="close_is_positive"),
)

period = sa.Table(
    "period",
    metadata,
    sa.Column("period_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("symbol", "kind", "first", name="period_is_one"),
    sa.CheckConstraint("kind IN ('week', 'month')", name="period_kind_is_known"),
    sa.CheckConstraint("days > 0 AND total >= days", name="period_adds_up_days"),
)

outlook = sa.Table(
    "outlook",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("close", sa.BigInteger, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.CheckConstraint("close > 0 AND value > 0 AND day > as_of", name="outlook_looks_ahead"),
)
