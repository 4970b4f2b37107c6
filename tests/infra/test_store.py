"""Whole rows in bulk, on PostgreSQL: NULL is a value like any other, and unique values move from row to row."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateTable

from infra.database import Pool
from infra.decision import Row
from infra.store import POSTGRESQL, Store
from tests.scratch import database_of
from tests.servers import Servers


@dataclass(frozen=True, slots=True)
class Seat(Row):
    name: str
    label: str | None = None
    floor: int | None = None
    place: int | None = None
    notes: list[Any] | None = None


TABLE = sa.Table(
    "seat",
    sa.MetaData(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("label", sa.Text),
    sa.Column("floor", sa.Integer),
    sa.Column("place", sa.Integer),
    sa.Column("notes", JSONB),
    sa.UniqueConstraint("label"),
    sa.UniqueConstraint("floor", "place"),
    sa.CheckConstraint("floor IS NULL OR label IS NOT NULL", name="seat_on_a_floor_has_a_label"),
)
STORE = Store(Seat, TABLE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("nobody", servers.database_url) as address:
        connection = await asyncpg.connect(address)
        await connection.execute(str(CreateTable(TABLE).compile(dialect=POSTGRESQL)))
        await connection.close()
        yield address


async def have(pool: Pool, *seats: Seat) -> None:
    async with pool.acquire() as connection:
        await connection.execute("TRUNCATE seat")
        await STORE.insert(connection, seats)


async def become(pool: Pool, *after: Seat) -> None:
    """In one transaction, as a batch would."""
    async with pool.acquire() as connection, connection.transaction():
        before: Mapping[Any, Seat | None] = await STORE.load(connection, [seat.key for seat in after])
        changed = sorted((seat for seat in after if seat != before[seat.key]), key=lambda seat: seat.name)
        await STORE.update(connection, changed, before)


async def now(pool: Pool) -> list[Seat]:
    async with pool.acquire() as connection:
        return [Seat(*record) for record in await connection.fetch("SELECT * FROM seat ORDER BY name")]


async def test_null_comes_and_goes_like_any_value(pool: Pool) -> None:
    bare, full = [Seat("a"), Seat("b")], [Seat("a", "x", 1, 1, ["n"]), Seat("b", "y", 2, None, [])]
    await have(pool, *bare)
    for wanted in (full, bare, [full[0], bare[1]], [bare[0], full[1]]):
        await become(pool, *wanted)
        assert await now(pool) == wanted


async def test_a_unique_value_moves_on_through_many_rows(pool: Pool) -> None:
    await have(pool, *[Seat(name, name) for name in "abcd"])
    moved = [Seat("a", "b"), Seat("b", "c"), Seat("c", "d"), Seat("d", None)]
    await become(pool, *moved)
    assert await now(pool) == moved


async def test_it_is_let_go_of_where_null_is_forbidden(pool: Pool) -> None:
    await have(pool, Seat("a", "x", 1, 1), Seat("b", "y", 2, 2))
    moved = [Seat("a", "z", 3, 3), Seat("b", "x", 1, 1)]
    await become(pool, *moved)
    assert await now(pool) == moved


async def test_two_values_with_a_null_are_not_the_same(pool: Pool) -> None:
    halves = [Seat("a", "x", 1, None), Seat("b", "y", 1, None), Seat("c", "z", 2, None)]
    await have(pool, *halves)
    moved = [Seat("a", "x", 2, None), Seat("b", "y", 2, None), Seat("c", "z", 1, None)]
    await become(pool, *moved)
    assert await now(pool) == moved


async def test_values_may_go_round_in_a_circle(pool: Pool) -> None:
    """One message may swap two labels: so may a batch, of which the sum is no circle any more."""
    await have(pool, Seat("a", "x"), Seat("b", "y"), Seat("c", "z"))
    moved = [Seat("a", "y"), Seat("b", "z"), Seat("c", "x")]
    await become(pool, *moved)
    assert await now(pool) == moved


@pytest.mark.parametrize("seed", range(40))
async def test_what_can_be_done_in_some_order_is_done(pool: Pool, seed: int) -> None:
    """Moves that are possible one by one, each to a free value, are possible together."""
    chance = random.Random(seed)
    seats = {name: Seat(name, chance.choice([None, name.upper()])) for name in "abcdef"}
    await have(pool, *seats.values())
    for _ in range(chance.randint(1, 12)):
        name = chance.choice("abcdef")
        taken = {seat.label for seat in seats.values()} - {None}
        label = chance.choice([None, *sorted(set("ABCDEFGH") - taken)])
        floor = chance.choice([None, 1, 2]) if label else None
        seats[name] = replace(seats[name], label=label, floor=floor, notes=chance.choice([None, [], [None]]))
    await become(pool, *seats.values())
    assert await now(pool) == list(seats.values())
