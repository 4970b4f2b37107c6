"""Tickets to the socket: a browser sends no bearer token with an upgrade, and a token in an address would end in logs."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Protocol

from edge.principals import Principal
from edge.problems import Problem
from infra.database import Pool

LIFETIME = timedelta(seconds=30)
MOST_EACH = 20

ISSUE = """
    INSERT INTO socket_ticket (digest, subject, roles, token_expires, expires_at)
    SELECT $1, $2, $3, $4, now() + $5::interval
    WHERE (SELECT count(*) FROM socket_ticket WHERE subject = $2 AND expires_at > now()) < $6
    RETURNING true
"""
REDEEM = """
    DELETE FROM socket_ticket WHERE digest = $1
    RETURNING subject, roles, token_expires, expires_at > now() AS good
"""


class Ticketing(Protocol):
    """A ticket stands for its principal once, for 30 s, at whichever edge process it is shown."""

    async def issue(self, principal: Principal) -> str:
        """Raises Problem 429 for a principal with too many unused tickets."""
        ...

    async def redeem(self, ticket: str) -> Principal:
        """Raises Problem 401 for one that is unknown, used or too old: nobody learns which."""
        ...


class Tickets:
    """Kept in the edge's database, as digests."""

    def __init__(self, pool: Pool, lifetime: timedelta = LIFETIME) -> None:
        self.pool, self.lifetime = pool, lifetime

    async def issue(self, principal: Principal) -> str:
        ticket = secrets.token_urlsafe(24)
        made = await self.pool.fetchval(
            ISSUE, _digest(ticket), principal.subject, sorted(principal.roles), principal.expires, self.lifetime, MOST_EACH
        )
        if not made:
            raise Problem("too-many-requests", headers={"Retry-After": str(int(self.lifetime.total_seconds()) or 1)})
        return ticket

    async def redeem(self, ticket: str) -> Principal:
        found = await self.pool.fetchrow(REDEEM, _digest(ticket))
        if found is None or not found["good"]:
            raise refused()
        return Principal(found["subject"], frozenset(found["roles"]), found["token_expires"])


def refused() -> Problem:
    return Problem("unauthenticated", "The ticket is unknown, used or too old: ask for a new one.")


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode()).digest()
