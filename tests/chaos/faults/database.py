"""D: the database dies, cuts, answers late or not at all."""

from __future__ import annotations

import asyncio
import random

import asyncpg

from tests.chaos.frames import CommitWatch
from tests.chaos.scenario import scenario
from tests.chaos.world import World

OURS = "datname LIKE '{namespace}%' AND pid <> pg_backend_pid()"


@scenario("D1", "the database is killed and comes back after 3 s")
async def killed(world: World, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(2, 4))
    world.history.fault("postmaster killed")
    await world.kill_database()
    await asyncio.sleep(3)
    await world.start_again("postgres")


@scenario("D2", "the database is stopped at once, and started")
async def stopped(world: World, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(2, 4))
    world.history.fault("immediate shutdown")
    await world.stop_database()
    await asyncio.sleep(1)
    await world.start_again("postgres")


@scenario("D3", "a session is ended each half second, in the middle of whatever it does")
async def terminated(world: World, chance: random.Random) -> None:
    ours = OURS.format(namespace=world.shop.settings.namespace)
    for _ in range(20):
        await asyncio.sleep(0.5)
        await world.execute(
            f"SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity WHERE {ours} ORDER BY random() LIMIT 1) one"
        )
    world.history.fault("20 sessions ended")


@scenario("D4", "one COMMIT in forty is never answered", seconds=14)
async def in_doubt(world: World, chance: random.Random) -> None:
    active = True
    world.sql.watch = lambda: CommitWatch(lambda: active and chance.random() < 1 / 40)
    world.sql.reset()
    await asyncio.sleep(12)
    active = False
    world.history.fault(f"{world.sql.counted['cuts']} commits in doubt")
    if world.sql.counted["cuts"] == 0:
        raise RuntimeError("no COMMIT was seen: the watch does not understand what passes")


@scenario("D9", "no session can be opened for 8 s, and those that are open end")
async def exhausted(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    names = [world.shop.settings.namespace]
    connection = await asyncpg.connect(world.home_address)
    try:
        roles = [row[0] for row in await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname LIKE $1", f"{names[0]}%")]
        for role in roles:
            await connection.execute(f'ALTER ROLE "{role}" CONNECTION LIMIT 0')
        ours = OURS.format(namespace=names[0])
        await connection.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours}")
        world.history.fault(f"{len(roles)} roles may not connect")
        await asyncio.sleep(8)
        for role in roles:
            await connection.execute(f'ALTER ROLE "{role}" CONNECTION LIMIT -1')
    finally:
        await connection.close()


@scenario("D11", "a transaction stays open for the whole load")
async def long_transaction(world: World, chance: random.Random) -> None:
    connection = await asyncpg.connect(world.shop.database("order"))
    try:
        async with connection.transaction():
            await connection.fetchval("SELECT count(*) FROM orders")
            world.history.fault("a reader that does not end")
            await asyncio.sleep(12)
    finally:
        await connection.close()


@scenario("D12", "the database is 100 ms away", rate=8, recovery=90)
async def far(world: World, chance: random.Random) -> None:
    world.history.fault("latency 100 ± 50 ms")
    world.sql.latency, world.sql.jitter = 0.1, 0.05
    await asyncio.sleep(10)
    world.sql.latency = world.sql.jitter = 0.0
