"""The rows of identity. Their fields are the columns of `storage/identity.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.identity import UserStatus
from infra.decision import Row


@dataclass(frozen=True, slots=True)
class User(Row):
    """`email` stays sealed; `email_index` is the digest under which its address is taken."""

    user_id: str
    name: str
    email: dict[str, Any]
    email_index: str
    status: UserStatus
    version: int
    created_at: datetime
    updated_at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Address(Row):
    """Whose this address is."""

    email_index: str
    user_id: str
