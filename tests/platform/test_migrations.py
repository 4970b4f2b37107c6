"""A migration is applied once, never changed, and by one process at a time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from infra import migrate
from infra.accounts_database import role_of
from infra.provision import credentials
from infra.settings import Settings
from infra.unavailable import Unavailable


@pytest.fixture
def more(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """One more file for inventory, whose name comes last."""
    path = tmp_path / "9999_more.sql"
    path.write_text("CREATE TABLE more (id int); SELECT pg_sleep(0.2)")
    known = list(migrate.files("inventory"))
    monkeypatch.setattr(migrate, "files", lambda domain: [*known, ("inventory/9999_more.sql", path)])
    return path


async def apply(services: Settings) -> list[str]:
    dsn = credentials(services, "inventory").owner_dsn
    return await migrate.migrate(dsn, "inventory", role_of(services, "inventory"), services.retention_days)


async def forget(services: Settings) -> None:
    connection = await asyncpg.connect(credentials(services, "inventory").owner_dsn)
    await connection.execute("DROP TABLE IF EXISTS more; DELETE FROM migration WHERE name = 'inventory/9999_more.sql'")
    await connection.close()


async def test_a_second_run_finds_nothing_to_do(services: Settings) -> None:
    assert await apply(services) == []


async def test_processes_that_start_together_apply_a_file_once(services: Settings, more: Path) -> None:
    done = await asyncio.gather(*(apply(services) for _ in range(3)))
    await forget(services)
    assert sorted(done) == [[], [], ["inventory/9999_more.sql"]]


async def test_a_file_that_was_changed_afterwards_is_refused_by_name(services: Settings, more: Path) -> None:
    await apply(services)
    more.write_text("CREATE TABLE other (id int)")
    try:
        with pytest.raises(Unavailable, match="9999_more"):
            await apply(services)
    finally:
        await forget(services)


async def test_a_file_that_fails_leaves_nothing_behind(services: Settings, more: Path) -> None:
    more.write_text("CREATE TABLE more (id int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await apply(services)
    connection = await asyncpg.connect(credentials(services, "inventory").owner_dsn)
    assert await connection.fetchval("SELECT to_regclass('more')") is None
    await connection.close()
