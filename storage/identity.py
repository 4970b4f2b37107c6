"""The tables of identity. The address itself rests sealed; what makes it unique is a keyed digest of it (S3-75)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

users = sa.Table(
    "users",
    metadata,
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", JSONB, nullable=False),
    sa.Column("email_index", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("updated_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("status IN ('active', 'suspended')", name="user_status_is_known"),
    sa.CheckConstraint("version >= 1", name="user_versions_begin_at_1"),
)

address = sa.Table(
    "address",
    metadata,
    sa.Column("email_index", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.UniqueConstraint("user_id", name="user_has_one_address"),
)
