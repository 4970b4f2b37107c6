"""The tables of market. A day of a symbol has one price, and what it said before is never lost."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

PRICES = ("open", "high", "low", "close", "adjusted_close")
_SANE = (
    "low > 0 AND open > 0 AND close > 0 AND adjusted_close > 0 AND volume >= 0 AND high >= low",
    "revision >= 1",
)


def _prices() -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in (*PRICES, "volume")]


instrument = sa.Table(
    "instrument",
    metadata,
    sa.Column("symbol", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("exchange", sa.Text, nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("exchange IN ('XTKS', 'XNYS', 'XNAS')", name="instrument_exchange_is_known"),
    sa.CheckConstraint("days >= 0 AND version >= 0", name="instrument_counts"),
)

price = sa.Table(
    "price",
    metadata,
    sa.Column("price_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, sa.ForeignKey("instrument.symbol", name="price_is_of_an_instrument"), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    *_prices(),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("import_id", sa.Text, nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.UniqueConstraint("symbol", "day", name="price_is_one_for_a_day"),
    sa.CheckConstraint(_SANE[0], name="price_is_possible"),
    sa.CheckConstraint(_SANE[1], name="price_revisions_begin_at_1"),
)

correction = sa.Table(
    "correction",
    metadata,
    sa.Column("correction_id", sa.Text, primary_key=True),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    *_prices(),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("replaced_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("replaced_by", sa.Text, nullable=False),
    sa.UniqueConstraint("symbol", "day", "revision", name="correction_replaces_a_revision_once"),
    sa.CheckConstraint(_SANE[0], name="correction_was_possible"),
)

price_import = sa.Table(
    "price_import",
    metadata,
    sa.Column("import_id", sa.Text, primary_key=True),
    sa.Column("exchange", sa.Text, nullable=False),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("encoding", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("parts", sa.Integer, nullable=False),
    sa.Column("arrived", sa.Integer, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("awaited", JSONB, nullable=False),
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("corrected", sa.Integer, nullable=False),
    sa.Column("unchanged", sa.Integer, nullable=False),
    sa.Column("first", sa.Date, nullable=True),
    sa.Column("last", sa.Date, nullable=True),
    sa.Column("changed_first", sa.Date, nullable=True),
    sa.Column("changed_last", sa.Date, nullable=True),
    sa.Column("findings", JSONB, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.CheckConstraint(
        "status IN ('arriving', 'reading', 'registering', 'finished', 'refused')", name="price_import_status_is_known"
    ),
    sa.CheckConstraint("arrived BETWEEN 1 AND parts", name="price_import_has_its_parts_once"),
    sa.CheckConstraint(
        "status <> 'finished' OR added + corrected + unchanged = rows", name="price_import_counts_add_up"
    ),
)  # fmt: skip

import_part = sa.Table(
    "import_part",
    metadata,
    sa.Column("part_id", sa.Text, primary_key=True),
    sa.Column("import_id", sa.Text, nullable=False),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.UniqueConstraint("import_id", "part", name="import_part_comes_once"),
)
