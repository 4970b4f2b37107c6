"""D10, X1: a database has no room, and a database comes back as it was some seconds ago."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from infra.services.postgres import Postgres
from tests.chaos.scenario import scenario
from tests.chaos.world import World

ROOM = "48m"


@asynccontextmanager
async def _closed(world: World, database: str) -> AsyncIterator[asyncpg.Connection]:
    """Nobody is in this database and nobody comes in."""
    connection = await asyncpg.connect(world.home_address)
    try:
        await connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        await connection.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", database)
        yield connection
        await connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')
    finally:
        await connection.close()


def _database(world: World, domain: str) -> str:
    return world.shop.database(domain).rpartition("/")[2]


@scenario("D10", "payment's disk is full for 8 s", recovery=90)
async def no_room(world: World, chance: random.Random) -> None:
    """A file system in memory, small, under a tablespace of its own. Needs the right to mount."""
    database, place = _database(world, "payment"), Path(tempfile.mkdtemp(prefix="hikyaku-room-"))
    filler = place / "filler"
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", place], check=True)
    try:
        inside = place / "tables"
        inside.mkdir()
        owner = Postgres(world.home).data.stat()
        os.chown(inside, owner.st_uid, owner.st_gid)
        place.chmod(0o755)
        async with _closed(world, database) as connection:
            await connection.execute(f"CREATE TABLESPACE {database}_room LOCATION '{inside}'")
            await connection.execute(f'ALTER DATABASE "{database}" SET TABLESPACE {database}_room')
        await asyncio.sleep(1)
        with filler.open("wb") as sink:
            try:
                while True:
                    sink.write(bytes(1 << 16))
                    sink.flush()
            except OSError:
                world.history.fault("no byte is left for payment's tables")
        await asyncio.sleep(8)
        filler.unlink()
        world.history.fault("there is room again")
        await asyncio.sleep(1)
    finally:
        async with _closed(world, database) as connection:
            await connection.execute(f'ALTER DATABASE "{database}" SET TABLESPACE pg_default')
            await connection.execute(f"DROP TABLESPACE {database}_room")
        subprocess.run(["umount", place], check=True)
        place.rmdir()


@scenario(
    "X1", "payment's database is restored to what it was 6 s ago",
    extra={"HIKYAKU_RETRY_DELAYS": "[0.5, 1]"}, seconds=16, recovery=120,
)  # fmt: skip
async def restored(world: World, chance: random.Random) -> None:
    """The broker, the other databases and the card provider have gone on; retained letters tell payment again.

    What it then tells in another order than the first time contradicts the copies in the event store: those stay there
    as its dead letters, which is the list of what diverged.
    """
    database = _database(world, "payment")
    copy = f"{database}_before"
    await asyncio.sleep(3)
    async with _closed(world, database) as connection:
        await connection.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{database}" OWNER "{await _owner(connection, database)}"')
    await asyncio.sleep(6)
    async with _closed(world, database) as connection:
        await connection.execute(f'ALTER DATABASE "{database}" RENAME TO "{database}_lost"')
        await connection.execute(f'ALTER DATABASE "{copy}" RENAME TO "{database}"')
        # A copy has the tables' rights and not those of the database itself.
        await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT ON DATABASE "{database}" TO "{database}"')
    world.history.fault("restored")
    try:
        told = await asyncio.to_thread(world.shop.hikyaku, "topology", "refill", "payment")
        world.history.fault(f"refill: {told.stdout.strip()[-200:]}")
        if told.returncode != 0:
            raise RuntimeError(f"refill: {told.stdout[-300:]} {told.stderr[-300:]}")
    finally:
        await world.execute(f'DROP DATABASE "{database}_lost" WITH (FORCE)')


async def _owner(connection: asyncpg.Connection, database: str) -> str:
    return str(await connection.fetchval("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1", database))
