"""Columns that tables of several domains share, in the order of the fields that they keep."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


def progress() -> list[sa.Column[Any]]:
    """What every saga remembers (`infra.process.Progress`), from `saga` to `history`."""
    return [
        sa.Column("saga", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("backwards", sa.Boolean, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("waits_for", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("asks", sa.Integer, nullable=False),
        sa.Column("deadline", sa.TIMESTAMP(timezone=True)),
        sa.Column("failed", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("steps", JSONB, nullable=False),
        sa.Column("history", JSONB, nullable=False),
    ]
