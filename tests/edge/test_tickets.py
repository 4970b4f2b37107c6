"""Tickets in the edge's database: once, for a while, and not too many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from edge.principals import Principal
from edge.problems import Problem
from edge.tickets import MOST_EACH, Tickets
from infra import ids
from infra.database import Pool, connect
from infra.provision import credentials
from infra.settings import Settings


@pytest.fixture
async def pool(services: Settings) -> AsyncIterator[Pool]:
    pool = await connect(credentials(services, "edge").dsn, 2, "test tickets")
    yield pool
    await pool.close()


@pytest.fixture
def principal() -> Principal:
    return Principal(str(ids.root()), frozenset({"cast", "guest"}), 1234567.5)


async def test_a_ticket_stands_for_its_principal_once(pool: Pool, principal: Principal) -> None:
    ticket = await Tickets(pool).issue(principal)
    shown = await asyncio.gather(*(Tickets(pool).redeem(ticket) for _ in range(5)), return_exceptions=True)
    assert [one for one in shown if not isinstance(one, Problem)] == [principal]
    assert {one.status for one in shown if isinstance(one, Problem)} == {401}


async def test_a_ticket_that_is_too_old_opens_nothing(pool: Pool, principal: Principal) -> None:
    tickets = Tickets(pool, timedelta(seconds=0))
    ticket = await tickets.issue(principal)
    with pytest.raises(Problem, match="unauthenticated"):
        await tickets.redeem(ticket)


async def test_unused_tickets_are_few_and_not_readable(pool: Pool, principal: Principal) -> None:
    tickets = [await Tickets(pool).issue(principal) for _ in range(MOST_EACH)]
    with pytest.raises(Problem) as refused:
        await Tickets(pool).issue(principal)
    assert refused.value.status == 429 and refused.value.headers["Retry-After"] == "30"
    kept = str(await pool.fetch("SELECT * FROM socket_ticket"))
    assert not any(ticket in kept for ticket in tickets)
