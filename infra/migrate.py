"""Brings a domain's database to the state its SQL files describe: the kernel's first, then the domain's own.

A file is applied once, in a transaction of its own, and remembered with its checksum. One that was changed after it was
applied is an error: write the next one instead. A file may name the runtime role as current_setting('hikyaku.role').
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import asyncpg

from infra import partitions
from infra.unavailable import Unavailable

TRIES = 30
LOCK = 0x68696B79
"""Whoever holds this advisory lock migrates; the others wait and then find nothing to do."""
KEPT = """
    CREATE TABLE IF NOT EXISTS migration (
        name text NOT NULL PRIMARY KEY, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now()
    )
"""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def files(domain: str) -> Iterator[tuple[str, Path]]:
    """Every file by its name, such as `kernel/0001_kernel.sql`, in the order of application."""
    rooms = find_spec("storage")
    for folder in list(rooms.submodule_search_locations or []) if rooms else []:
        for room in ("kernel", domain):
            for path in sorted((Path(folder) / "migrations" / room).glob("[0-9]*.sql")):
                yield f"{room}/{path.name}", path


async def migrate(owner_dsn: str, domain: str, role: str, retention_days: int) -> list[str]:
    """Applies what is missing, makes the day partitions and returns the files' names. `role` is the runtime role.

    Raises Unavailable when a file was changed after it was applied, or when a lock is not had within a minute.
    """
    connection = await asyncpg.connect(owner_dsn, timeout=10, server_settings={"lock_timeout": "2s"})
    try:
        await _patiently(connection, f"SELECT pg_advisory_lock({LOCK})")
        await connection.execute("SELECT set_config('hikyaku.role', $1, false)", role)
        await connection.execute(f"{KEPT}; REVOKE INSERT, UPDATE, DELETE ON migration FROM {role}")
        known = {row["name"]: row["checksum"] for row in await connection.fetch("SELECT name, checksum FROM migration")}
        applied = [name for name, path in files(domain) if await _apply(connection, name, path.read_bytes(), known)]
        await partitions.keep(connection, retention_days)
        return applied
    finally:
        await connection.close()


async def _apply(connection: Connection, name: str, content: bytes, known: dict[str, str]) -> bool:
    checksum = hashlib.sha256(content).hexdigest()
    if name in known:
        if known[name] != checksum:
            raise Unavailable(
                f"The migration {name} was changed after it was applied. Restore it and write the next one; "
                "a development database can be made anew with `hikyaku migrate --anew`."
            )
        return False
    remember = f"INSERT INTO migration (name, checksum) VALUES ('{name}', '{checksum}')"
    await _patiently(connection, f"{content.decode()}\n;\n{remember}")
    return True


async def _patiently(connection: Connection, sql: str) -> None:
    """A migration that queues for a lock holds up everybody behind it, so it lets go after 2 s and tries again."""
    for attempt in range(TRIES):
        try:
            async with connection.transaction():
                await connection.execute(sql)
            return
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(min(0.1 * 2**attempt, 2))
    raise Unavailable("The database is locked by somebody else for longer than a minute; try again later.")
