"""What identity answers. Here an address leaves its seal; what comes out is stored nowhere (S3-75)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.identity import GetUser, UserAnswer
from contracts.sealed import Sealed
from storage.identity import users
from workers.identity.rules.emails import Emails

_ONE = sa.select(users).where(users.c.user_id == sa.bindparam("user_id"))


def opening(emails: Emails) -> Callable[[GetUser, AsyncConnection], Awaitable[UserAnswer | None]]:
    """The query, with a way to read addresses."""

    async def user(query: GetUser, read: AsyncConnection) -> UserAnswer | None:
        row = (await read.execute(_ONE, {"user_id": query.user_id})).one_or_none()
        if row is None:
            return None
        return UserAnswer(
            user_id=row.user_id, name=row.name, email=_email(row.email, emails), status=row.status, version=row.version,
            created_at=row.created_at, updated_at=row.updated_at,
        )  # fmt: skip

    return user


def _email(sealed: dict[str, Any], emails: Emails) -> str | None:
    try:
        return emails(Sealed.model_validate(sealed)).email
    except ValueError:
        return None
