"""The edge's own tables: what was asked, under which key, how it fares, and who called. No personal data in clear."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = sa.MetaData()

operation = sa.Table(
    "operation",
    metadata,
    sa.Column("operation_id", sa.Uuid, primary_key=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("ids", JSONB, nullable=False),
    sa.Column("links", JSONB, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("steps", JSONB, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("outcome", JSONB),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("operation_open", "created_at", postgresql_where=sa.text("status IN ('pending', 'delayed', 'suspended')")),
    sa.Index("operation_age", "created_at", postgresql_using="brin"),
)

request = sa.Table(
    "request",
    metadata,
    sa.Column("principal", sa.Text, primary_key=True),
    sa.Column("route", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    sa.Column("operation_id", sa.Uuid, nullable=False),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Index("request_age", "at", postgresql_using="brin"),
)

socket_ticket = sa.Table(
    "socket_ticket",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("token_expires", sa.Double, nullable=False),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Index("socket_ticket_subject", "subject", "expires_at"),
    sa.Index("socket_ticket_age", "expires_at"),
    prefixes=["UNLOGGED"],
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("request_id", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("status", sa.SmallInteger, nullable=False),
    sa.Column("milliseconds", sa.Integer, nullable=False),
    sa.Column("operation_id", sa.Uuid),
    sa.Column("span_id", sa.Text, nullable=False, server_default=""),
    sa.Column("parent_id", sa.Text, nullable=False, server_default=""),
    sa.Index("audit_at", "at", postgresql_using="brin"),
    sa.Index("audit_operation", "operation_id", postgresql_where=sa.text("operation_id IS NOT NULL")),
)
