"""D5, D6, M1: single writes fail inside the database, with PostgreSQL's own errors, while the others go on."""

from __future__ import annotations

import asyncio
import random

import asyncpg

from tests.chaos import load
from tests.chaos.scenario import scenario
from tests.chaos.world import World

RAISING = """
    CREATE SEQUENCE chaos_raised;
    CREATE FUNCTION chaos_raise() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        IF {condition} THEN
            PERFORM nextval('chaos_raised');
            RAISE EXCEPTION 'raised by a test' USING ERRCODE = '{code}';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER chaos_raise BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION chaos_raise()
"""
CALM = "DROP TRIGGER chaos_raise ON {table}; DROP FUNCTION chaos_raise()"
RAISED = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM chaos_raised"
POISONED = "chaos-7"


async def _raising(world: World, domain: str, table: str, condition: str, code: str, seconds: float) -> int:
    """How often it was raised; never is an error, because then nothing was tried."""
    connection = await asyncpg.connect(world.shop.database(domain))
    try:
        await connection.execute(RAISING.format(table=table, condition=condition, code=code))
        await asyncio.sleep(seconds)
        await connection.execute(CALM.format(table=table))
        raised = int(await connection.fetchval(RAISED))
    finally:
        await connection.close()
    if raised == 0:
        raise RuntimeError(f"nothing was written to {table} of {domain}")
    return raised


@scenario("D5", "somebody locks the stock in the opposite order", recovery=90)
async def deadlocks(world: World, chance: random.Random) -> None:
    connection = await asyncpg.connect(_administrator(world, "inventory"))
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = int(await connection.fetchval(deadlocks))
    lock = "SELECT on_hand FROM stock WHERE sku = $1 FOR UPDATE"
    until = world.history.now + 11
    try:
        # The shop's session finds the deadlock first, and is the one that must give way.
        await connection.execute("SET deadlock_timeout = '60s'")
        while world.history.now < until:
            async with connection.transaction():
                for n in reversed(range(load.PRODUCTS)):
                    await connection.fetchval(lock, load.sku(n))
                    await asyncio.sleep(0.05)
        await asyncio.sleep(1)
        found = int(await connection.fetchval(deadlocks)) - before
    finally:
        await connection.close()
    world.history.fault(f"{found} deadlocks")
    if found == 0:
        raise RuntimeError("there was no deadlock")


def _administrator(world: World, domain: str) -> str:
    database = world.shop.database(domain).rpartition("/")[2]
    return f"{world.home_address.rpartition('/')[0]}/{database}"


@scenario("D6", "one write of stock in twenty is a serialization failure")
async def not_serializable(world: World, chance: random.Random) -> None:
    raised = await _raising(world, "inventory", "stock", "random() < 0.05", "40001", 10)
    world.history.fault(f"{raised} writes failed")


@scenario(
    "M1", "every charge of one customer raises until it is dead; then it is mended and replayed",
    extra={"HIKYAKU_RETRY_DELAYS": "[0.5, 1]"}, seconds=16, recovery=90,
)  # fmt: skip
async def poison(world: World, chance: random.Random) -> None:
    raised = await _raising(world, "payment", "payment", f"NEW.customer_id = '{POISONED}'", "P0001", 18)
    world.history.fault(f"{raised} writes failed")
    replayed = await asyncio.to_thread(world.shop.hikyaku, "dead-letters", "replay", "--domain", "payment")
    world.history.fault(f"replay ended with {replayed.returncode}")
    if replayed.returncode != 0:
        raise RuntimeError(f"replay: {replayed.stdout[-300:]} {replayed.stderr[-300:]}")
