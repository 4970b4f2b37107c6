"""The simulated database answers as PostgreSQL does, in all that the kernel asks: the same work on both, compared.

Without this a simulation would prove something about its own database. What it does not know (secondary unique and
exclusion constraints, foreign keys) the simulated domains do not use; tests/infra shows it on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import closing
from random import Random
from typing import Any, Protocol
from uuid import UUID

import asyncpg
import pytest

from contracts.message import Message
from infra import clock, ids, inbox, outbox, ownership, parked, timers, writing
from infra import letter as letters
from infra.database import connect
from infra.envelope import Envelope
from infra.errors import Fenced
from infra.incoming import from_parking
from infra.outbox import Bundle
from infra.transaction import Transaction
from infra.writing import Writing
from tests.infra.harness import Add, Break, Counter, Crash, Create, Log, Overdo, Remind, Remove, schema, toy
from tests.infra.test_batches import numbered
from tests.servers import Servers
from tests.simulation import statements
from tests.simulation.clock import BEGAN, Clock, VirtualLoop
from tests.simulation.pool import Gathered, Pool
from tests.simulation.postgres import Server

GROUP = toy(ordered=True)
CHECKS = {"log": lambda row: row["amount"] < 1_000_000, "counter": lambda row: row["value"] >= 0}
ME, YOU = UUID(int=1), UUID(int=2)
NAMES = ("a", "b", "c")
BUNDLES = sorted(ids.root() for _ in range(4))
TABLES = ("counter", "log", "inbox", "outbox", "pending", "owner", "lane", "timer", "parked")


class Side(Protocol):
    """One of the two databases."""

    async def opens(self) -> Any:
        """A pool of one connection."""

    async def age(self, seconds: int) -> None:
        """What is pending is older by so much."""


Script = Callable[[Side], Coroutine[Any, Any, Any]]


class Simulated:
    def __init__(self, loop: VirtualLoop) -> None:
        self.server = Server(loop, Random(1), statements.of_group(GROUP), CHECKS)

    async def opens(self) -> Pool:
        return Pool(self.server)

    async def age(self, seconds: int) -> None:
        rows = self.server.tables.rows["pending"]
        for key, row in rows.items():
            rows[key] = {**row, "at": row["at"] - seconds}


class Real:
    def __init__(self, dsn: str) -> None:
        self.dsn, self.pools = dsn, list[Any]()

    async def opens(self) -> Any:
        self.pools.append(pool := await connect(self.dsn, 1, "likeness"))
        await pool.fetchval("SELECT 1")  # Connected now: two that begin at once are not kept apart by that.
        return pool

    async def age(self, seconds: int) -> None:
        await self.pools[0].execute(f"UPDATE pending SET at = at - interval '{seconds} s'")


@pytest.fixture(scope="module")
def database(servers: Servers) -> Iterator[str]:
    """One for all of it; each script begins with empty tables."""
    name = f"likeness_{secrets.token_hex(4)}"
    dsn = servers.database_url.rsplit("/", 1)[0] + f"/{name}"

    async def run(statement: str) -> None:
        connection = await asyncpg.connect(servers.database_url)
        await connection.execute(statement)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE {name}"))
    asyncio.run(schema(dsn, [GROUP]))
    yield dsn
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


def simulated(script: Script) -> Any:
    """On the simulated database, in simulated time."""
    with closing(VirtualLoop()) as loop, pytest.MonkeyPatch.context() as patch:
        patch.setattr(writing, "_one", Gathered.of)
        patch.setattr(clock, "time", Clock(loop))
        patch.setattr(clock, "_then", BEGAN)
        patch.setattr(clock, "_since", 0.0)
        patch.setattr(outbox, "_ordered", ids.Ordered())  # The process's own must not learn of this time.
        return loop.run_until_complete(script(Simulated(loop)))


async def real(dsn: str, script: Script) -> Any:
    side = Real(dsn)
    await (await side.opens()).execute(f"TRUNCATE {', '.join(TABLES)}")
    try:
        return await script(side)
    finally:
        for pool in side.pools:
            pool.terminate()


async def alike(dsn: str, script: Script) -> Any:
    """What both answer. Raises AssertionError when they do not answer the same."""
    expected = await real(dsn, script)
    assert await asyncio.to_thread(simulated, script) == expected
    return expected


# --- the same history on both


def messages(chance: Random, count: int) -> list[Message]:
    kinds: list[Callable[[str], Message]] = [
        lambda name: Add(name=name, amount=chance.randint(-4, 6)), lambda name: Add(name=name, amount=chance.randint(-4, 6)),
        lambda name: Create(name=name), lambda name: Remove(name=name), lambda name: Crash(name=name),
        lambda name: Break(name=name), lambda name: Overdo(name=name), lambda name: Remind(name=name, seconds=0.0),
        lambda name: Remind(name=name, seconds=chance.choice((-1.0, 600.0))),
    ]  # fmt: skip
    return [chance.choice(kinds)(chance.choice(NAMES)) for _ in range(count)]


def history(seed: int) -> Script:
    """Batches of any size with copies among them, and parked messages that come back between them."""

    async def script(side: Side) -> Any:
        chance, pool = Random(seed), await side.opens()
        claimed = await ownership.claim(pool, 0, ME, by_force=False)
        settling = Transaction(pool, GROUP, 0, ME, (-1.0, -1.0))
        assert claimed
        settling.epoch, settling.held = claimed.epoch, claimed.held
        work = numbered(*messages(chance, 24))
        rest, told, sent = [*work, *chance.sample(numbered(*(one.envelope.message for one in work)), 4)], [], list[UUID]()
        while rest:
            size = chance.randint(1, 8)
            batch, rest = rest[:size], rest[size:]
            committed = await settling.settle(batch, sent)
            sent = [one.bundle.id for one in committed if one.bundle] if chance.random() < 0.5 else []
            told.append([(one.id, one.answer, one.refused) for one in batch])
            async with pool.acquire() as connection:
                back = await parked.due(connection, 0, 128)
            if back and chance.random() < 0.5:
                await settling.settle([from_parking(GROUP, one) for one in back])
        await asyncio.sleep(0.3)  # A process's clock may be a quarter of a second before the database's.
        return told, await left(pool, settling, [one.id for one in work])

    return script


async def left(pool: Any, settling: Transaction, known: list[UUID]) -> dict[str, Any]:
    """By the kernel's own questions, but for what differs in each run: times, and the ids of bundles."""
    async with pool.acquire() as connection:
        counters = await GROUP.stores[Counter].load(connection, NAMES)
        logs = await GROUP.stores[Log].load(connection, [f"{name}-{n}" for name in NAMES for n in range(30)])
        async with connection.transaction():
            seen = await inbox.read(connection, 0, settling.epoch, known)
        waiting = [(one.id, one.topic, one.body, one.attempts) for one in await parked.due(connection, 0, 128)]
        rings = [(one.topic, one.subject, one.body) for one in await timers.due(connection, 0, 128)]
        bundles = [record[0] for record in await connection.fetch(outbox.OURS, ME, [], 500)]
        letters = [(one.topic, one.body, sorted(one.headers)) for bundle in await outbox.read(connection, bundles)
                   for one in bundle.letters if not one.topic.startswith("record.")]  # fmt: skip
        counted = sorted(tuple(one) for one in await connection.fetch(parked.COUNT))
        heads = await parked.heads(connection, 0)
        backlog = (await connection.fetchrow(outbox.BACKLOG))[0]
    return {"counters": counters, "logs": logs, "seen": seen, "waiting": waiting, "rings": rings, "letters": letters,
            "parked": counted, "heads": heads, "backlog": backlog}  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
async def test_the_same_history_leaves_the_same(database: str, seed: int) -> None:
    await alike(database, history(seed))


# --- two at once


async def _owned(pool: Any) -> int:
    claimed = await ownership.claim(pool, 0, ME, by_force=False)
    assert claimed
    return claimed.epoch


async def _failure(work: Awaitable[Any]) -> str:
    try:
        await work
    except (asyncpg.PostgresError, Fenced) as error:
        return type(error).__name__
    return ""


async def test_a_new_owner_waits_for_the_transaction_of_the_old_one_and_then_shuts_it_out(database: str) -> None:
    async def script(side: Side) -> Any:
        mine, yours, told = await side.opens(), await side.opens(), list[str]()
        epoch = await _owned(mine)

        async def settle(seconds: float) -> None:
            async with mine.acquire() as connection, inbox.entered(connection, 0, epoch, [ME]):
                await asyncio.sleep(seconds)
            told.append("settled")

        async def take() -> None:
            await asyncio.sleep(0.1)
            assert await ownership.claim(yours, 0, YOU, by_force=False) is None
            claimed = await ownership.claim(yours, 0, YOU, by_force=True)
            told.append(f"claimed {claimed.epoch if claimed else 0}")

        await asyncio.gather(settle(0.3), take())
        told.append(await _failure(settle(0)))
        beats = [await ownership.beat(mine, 0, epoch), await ownership.beat(yours, 0, epoch + 1)]
        suspicions = [await ownership.suspect(yours, 0, one) for one in (ME, ME, YOU, ME)]
        return told, beats, suspicions, await ownership.should_give(yours, YOU, "toy")

    told, *_ = await alike(database, script)
    assert told == ["settled", "claimed 2", "Fenced"]


async def _insert(pool: Any, names: str, *, commit: bool, pause: float = 0.25) -> None:
    async with pool.acquire() as connection, connection.transaction():
        for name in names:
            await GROUP.stores[Counter].insert(connection, [Counter(name, 1)])
            await asyncio.sleep(pause)
        if not commit:
            raise asyncpg.DataError("rolled back")


async def test_two_that_insert_one_key_wait_for_each_other_and_a_circle_is_broken(database: str) -> None:
    async def script(side: Side) -> Any:
        first, second, third, fourth, fifth, sixth = [await side.opens() for _ in range(6)]

        async def after(work: Coroutine[Any, Any, None]) -> None:
            await asyncio.sleep(0.1)
            await work

        *others, one, another = await asyncio.gather(
            _failure(_insert(first, "a", commit=True)), _failure(after(_insert(second, "a", commit=True))),
            _failure(_insert(third, "b", commit=False)), _failure(after(_insert(fourth, "b", commit=True))),
            _failure(_insert(fifth, "cd", commit=True)), _failure(_insert(sixth, "dc", commit=True)),
        )  # fmt: skip
        return others, sorted((one, another))

    assert await alike(database, script) == (["", "UniqueViolationError", "DataError", ""], ["", "DeadlockDetectedError"])


async def test_who_waits_too_long_for_a_row_gives_up(database: str) -> None:
    async def script(side: Side) -> Any:
        first, second = await side.opens(), await side.opens()
        holds = asyncio.ensure_future(_insert(first, "a", commit=True, pause=2.6))
        await asyncio.sleep(0.1)
        failure = await _failure(_insert(second, "a", commit=True))
        await holds
        return failure

    assert await alike(database, script) == "LockNotAvailableError"


async def test_who_has_waited_sees_that_row_as_it_is_and_the_others_as_they_were(database: str) -> None:
    async def script(side: Side) -> Any:
        first, second = await side.opens(), await side.opens()
        store = GROUP.stores[Counter]
        await _insert(first, "a", commit=True, pause=0)

        async def change() -> None:
            async with first.acquire() as connection, connection.transaction():
                before = await store.load(connection, ["a"])
                await store.update(connection, [Counter("a", 5)], before)
                await store.insert(connection, [Counter("b", 5)])
                await asyncio.sleep(0.3)

        async def look() -> Any:
            await asyncio.sleep(0.1)
            async with second.acquire() as connection, connection.transaction():
                once = await store.load(connection, ["a", "b"])
                return once, await store.load(connection, ["a", "b"])

        return (await asyncio.gather(change(), look()))[1]

    once, again = await alike(database, script)
    assert (once["a"].value, once["b"], again["b"].value) == (5, None, 5)


async def test_what_a_dead_process_left_is_adopted_but_for_what_is_being_forgotten(database: str) -> None:
    async def script(side: Side) -> Any:
        mine, yours = await side.opens(), await side.opens()
        bundles = [Bundle(BUNDLES[n], [letters.write(Envelope(ME, Add(name="a", amount=n), ME))]) for n in range(3)]
        async with yours.acquire() as connection, connection.transaction():
            for one in bundles:
                await outbox.save(connection, YOU, one)
        await side.age(60)

        async def adopted() -> list[UUID]:
            async with mine.acquire() as connection:
                return sorted(record[0] for record in await connection.fetch(outbox.ADOPT_DEAD, ME, 200))

        await _forget(yours, bundles[:1], dead := list[Any](), adopted)
        async with yours.acquire() as connection, connection.transaction():
            await connection.execute(outbox.ALIVE, YOU, "toy")
            await outbox.save(connection, YOU, Bundle(BUNDLES[3], bundles[0].letters))
        await side.age(60)
        return dead, await adopted()

    assert await alike(database, script) == ([BUNDLES[1:3]], [])


async def _forget(pool: Any, bundles: list[Bundle], found: list[Any], meanwhile: Callable[[], Awaitable[Any]]) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await outbox.forget(connection, [one.id for one in bundles])
        found.append(await meanwhile())


async def test_the_parts_of_one_statement_run_from_the_last_to_the_first(database: str) -> None:
    async def script(side: Side) -> Any:
        pool, gathered = await side.opens(), Writing()
        await GROUP.stores[Counter].insert(gathered, [Counter("a", -1)])
        await GROUP.stores[Log].insert(gathered, [Log("a", "a", 0, 1_000_000, {})])
        async with pool.acquire() as connection:
            try:
                await gathered.flush(connection)
            except asyncpg.CheckViolationError as error:
                return error.table_name
        return ""

    assert await alike(database, script) == "log"
