"""A database with nothing but one domain's tables, for tests of its constraints and queries."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from infra.database import Pool
from infra.decision import Row
from infra.group import Group

MIGRATIONS = Path(__file__).parents[1] / "storage" / "migrations"


@asynccontextmanager
async def database_of(domain: str, server: str) -> AsyncIterator[str]:
    """The address of a fresh database, made by the domain's own SQL files, and dropped afterwards."""
    name = f"scratch_{domain}_{secrets.token_hex(4)}"
    address = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    await _run(server, f"CREATE DATABASE {name}")
    try:
        for path in sorted((MIGRATIONS / domain).glob("[0-9]*.sql")):
            await _run(address, path.read_text())
        yield address
    finally:
        await _run(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _run(address: str, sql: str) -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def empty(address: str) -> None:
    """The tables are there and nothing is in them."""
    connection = await asyncpg.connect(address)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        await connection.execute(f"TRUNCATE {', '.join(row['tablename'] for row in tables)} CASCADE")
    finally:
        await connection.close()


async def save(group: Group, pool: Pool, *rows: Row) -> None:
    """In one transaction, each row as the kernel would write it."""
    async with pool.acquire() as connection, connection.transaction():
        for row in rows:
            await group.stores[type(row)].insert(connection, [row])


async def refused(group: Group, pool: Pool, *rows: Row) -> str:
    """The name of the constraint that stands against these rows. Raises when none does."""
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await save(group, pool, *rows)
    return str(caught.value.constraint_name)
