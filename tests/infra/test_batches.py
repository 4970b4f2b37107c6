"""On PostgreSQL: a batch is what its messages are one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.message import Message
from infra import ids, ownership, parked
from infra import letter as letters
from infra.clock import utcnow
from infra.database import Pool, connect
from infra.decision import Outcomes, Row, Rows
from infra.envelope import Envelope
from infra.errors import Fenced
from infra.group import Group
from infra.incoming import Incoming, from_parking
from infra.transaction import Transaction
from tests.infra.harness import (
    Add,
    Break,
    Counter,
    Crash,
    Create,
    Overdo,
    Remind,
    Remove,
    Rename,
    World,
    counter,
    metadata,
    toy,
    world,
)
from tests.servers import Servers

NAMES = ("a", "b", "c")
GROUP = toy()
TABLES = ("counter", "log", "inbox", "outbox", "pending", "timer", "parked")
BEGAN = utcnow()


class Room:
    """One event loop, one database and one connection for the module; each history begins with empty tables."""

    def __init__(self, runner: asyncio.Runner, pool: Pool) -> None:
        self.runner, self.pool = runner, pool

    def play(self, work: Sequence[Incoming], size: int) -> dict[str, Any]:
        return self.runner.run(played(self.pool, work, size))


@pytest.fixture(scope="module")
def room(servers: Servers) -> Iterator[Room]:
    with asyncio.Runner() as runner:
        context = world(servers, GROUP)
        here = runner.run(context.__aenter__())
        pool = runner.run(opened(here))
        yield Room(runner, pool)
        pool.terminate()
        runner.run(context.__aexit__(None, None, None))


async def opened(here: World) -> Pool:
    return await connect(here.dsn, 1, "test")


def incoming(envelope: Envelope) -> Incoming:
    letter = letters.write(envelope)
    return Incoming(envelope, letter.headers, letter.body, letters.digest(letter.topic, letter.body), reply_to="somebody")


def numbered(*messages: Message) -> list[Incoming]:
    """Ids that are the same in each play."""
    roots = [ids.derived(UUID(int=1), "test", "history", "", n, BEGAN) for n in range(len(messages))]
    return [incoming(Envelope(one, message, one, source="test")) for one, message in zip(roots, messages, strict=True)]


async def emptied(pool: Pool, group: Group = GROUP, delays: Sequence[float] = (60.0,)) -> Transaction:
    """Nothing but two counters; the lane is ours."""
    for table in TABLES:
        await pool.execute(f"DELETE FROM {table}")
    await pool.execute("INSERT INTO counter VALUES ('a', 5, 'first', 0), ('b', 5, NULL, 0)")
    claim = await ownership.claim(pool, 0, uuid4(), by_force=True)
    assert claim is not None
    transaction = Transaction(pool, group, 0, uuid4(), delays)
    transaction.epoch = claim.epoch
    return transaction


async def played(pool: Pool, work: Sequence[Incoming], size: int) -> dict[str, Any]:
    """The history in batches of `size`; the answer is everything it left."""
    transaction = await emptied(pool)
    for start in range(0, len(work), size):
        await transaction.settle(work[start : start + size], (), BEGAN)
    queries = {
        "counter": "SELECT * FROM counter ORDER BY 1",
        "log": "SELECT * FROM log ORDER BY 1",
        "inbox": "SELECT id, answer FROM inbox ORDER BY 1",
        "outbox": "SELECT id, topic, headers, body FROM outbox WHERE topic NOT LIKE 'record.%' ORDER BY id",
        "timer": "SELECT topic, subject, body FROM timer ORDER BY 1, 2",
        "parked": "SELECT id, topic, status, attempts FROM parked ORDER BY id",
    }
    left = {name: [tuple(record) for record in await pool.fetch(query)] for name, query in queries.items()}
    return left | {"answers": [(one.id, one.answer) for one in work]}


names = st.sampled_from(NAMES)
messages = st.one_of(
    st.builds(Add, name=names, amount=st.integers(-4, 6)),
    st.builds(Add, name=names, amount=st.integers(-4, 6)),
    st.builds(Create, name=st.sampled_from(("c", "d"))),
    st.builds(Rename, name=names, giver=names),
    st.builds(Remove, name=names),
    st.builds(Crash, name=names),
    st.builds(Break, name=names),
    st.builds(Overdo, name=names),
    st.builds(Remind, name=names, seconds=st.sampled_from((-1.0, 600.0, 900.0))),
)


@given(history=st.lists(messages, min_size=3, max_size=12), copies=st.lists(st.integers(0, 11), max_size=3))
@example(history=[Add(name="a", amount=0), Remove(name="a"), Add(name="a", amount=0)], copies=[])  # refused after its decision
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_a_batch_equals_one_by_one(room: Room, history: list[Message], copies: list[int]) -> None:
    def work() -> list[Incoming]:
        sent = numbered(*history)
        # Duplicates, also within the batch, are other objects with the same id.
        return sent + [numbered(*history)[n] for n in copies if n < len(sent)]

    assert room.play(work(), size=1) == room.play(work(), size=1_000)


def test_one_offender_among_many_fails_alone(room: Room) -> None:
    work = numbered(*(Add(name=f"n{n}", amount=1) for n in range(200)))
    work[100] = numbered(*[Break(name="a")] * 101)[100]
    left = room.play(work, size=1_000)
    assert [(topic, status) for _, topic, status, *_ in left["parked"]] == [("toy.break.v1", "waiting")]
    assert len(left["counter"]) == 199 + 2


def test_a_unique_value_moves_within_a_batch(room: Room) -> None:
    left = room.play(numbered(Rename(name="b", giver="a"), Rename(name="a", giver="b")), size=10)
    assert [(name, label) for name, _, label, _ in left["counter"]] == [("a", "first"), ("b", None)]
    assert not left["parked"]


def test_the_same_id_with_another_content_is_told_apart(room: Room) -> None:
    first, second = numbered(Add(name="a", amount=1))[0], numbered(Add(name="a", amount=2))[0]
    room.play([first, second], size=10)
    assert (first.refused, second.refused) == ("", "conflicting-duplicate")


def test_what_was_settled_after_all_is_not_given_up(room: Room) -> None:
    async def scenario() -> int:
        transaction = await emptied(room.pool)
        [late] = numbered(Add(name="a", amount=1))
        await transaction.settle([late])
        await transaction.give_up(late, "killed-the-process")
        return int(await room.pool.fetchval("SELECT count(*) FROM parked"))

    assert room.runner.run(scenario()) == 0


def test_a_key_keeps_its_order_when_the_database_refuses_the_first_of_those_that_wait(room: Room) -> None:
    """The batch is halved, and what was behind the second one must not go on because it is in another half."""

    async def scenario() -> list[tuple[object, ...]]:
        transaction = await emptied(room.pool, toy(ordered=True), (-1.0, 60.0))
        await transaction.settle(numbered(Break(name="a"), Crash(name="a"), Add(name="a", amount=1), Add(name="a", amount=2)))
        async with room.pool.acquire() as connection:
            waiting = await parked.due(connection, 0, 128)
        await transaction.settle([from_parking(transaction.group, one) for one in waiting])
        return [tuple(one) for one in await room.pool.fetch("SELECT topic, status, attempts FROM parked ORDER BY place")]

    assert room.runner.run(scenario()) == [
        ("toy.break.v1", "waiting", 2), ("toy.crash.v1", "behind", 0), ("toy.add.v1", "behind", 0), ("toy.add.v1", "behind", 0),
    ]  # fmt: skip


def test_whoever_lost_the_lane_writes_nothing(room: Room) -> None:
    async def scenario() -> None:
        frozen = await emptied(room.pool)
        theirs = await ownership.claim(room.pool, 0, uuid4(), by_force=True)
        assert theirs and theirs.epoch > frozen.epoch
        with pytest.raises(Fenced):
            await frozen.settle(numbered(Add(name="z", amount=1)))
        assert await room.pool.fetchval("SELECT count(*) FROM counter WHERE name = 'z'") == 0
        assert await ownership.claim(room.pool, 0, uuid4(), by_force=False) is None

    room.runner.run(scenario())


def test_an_aggregate_numbers_its_events(room: Room) -> None:
    async def scenario() -> list[tuple[object, ...]]:
        transaction = await emptied(room.pool)
        await transaction.settle(numbered(Add(name="a", amount=1), Add(name="b", amount=1), Add(name="a", amount=-9)))
        await transaction.settle([incoming(Envelope.fresh(Add(name="a", amount=1), "test"))])
        query = """
            SELECT headers->>'subject', headers->'sequence', topic FROM outbox
            WHERE topic NOT LIKE 'record.%' ORDER BY bundle, position
        """
        return [tuple(row) for row in await room.pool.fetch(query)]

    assert room.runner.run(scenario()) == [
        ("a", 1, "toy.added.v1"), ("b", 1, "toy.added.v1"), ("a", None, "toy.overdrawn.v1"), ("a", 2, "toy.added.v1"),
    ]  # fmt: skip


@pytest.mark.req("S0-84", "S0-85")
def test_a_batch_of_a_hundred_asks_the_database_no_more_often_than_a_single_message(room: Room) -> None:
    async def asked(count: int) -> int:
        transaction = await emptied(room.pool)
        statements: list[str] = []
        connection = await room.pool.acquire()
        connection.add_query_logger(lambda record: statements.append(record.query))
        await room.pool.release(connection)
        await transaction.settle([incoming(Envelope.fresh(Add(name=f"q{n}", amount=1), "test")) for n in range(count)])
        return len(statements)

    assert room.runner.run(asked(100)) <= room.runner.run(asked(1)) <= 10


@dataclass(frozen=True, slots=True)
class Labelled(Row):
    label: str
    name: str


def looking_up() -> Group:
    """Adds, after a look at who has the label: first a table, then a lookup."""

    def add_and_look(command: Add, rows: Rows, now: datetime) -> Outcomes:
        found = rows.get(Counter, command.name) or Counter(command.name, 0)
        holder = rows.get(Labelled, "first")
        yield replace(found, value=found.value + (command.amount if holder else 0))

    by_label = sa.select(counter.c.label, counter.c.name)
    group = Group("toy", tables={Counter: counter}, lookups={Labelled: by_label}, metadata=metadata)
    group.on(Add, add_and_look)
    return group


def test_what_is_looked_up_after_a_row_was_read_costs_no_second_start(room: Room) -> None:
    async def asked() -> tuple[list[str], object]:
        transaction = await emptied(room.pool)
        transaction.group = looking_up()
        statements: list[str] = []
        connection = await room.pool.acquire()
        connection.add_query_logger(lambda record: statements.append(record.query))
        await room.pool.release(connection)
        await transaction.settle(numbered(Add(name="a", amount=1), Add(name="b", amount=1), Add(name="a", amount=1)))
        return statements, await room.pool.fetchval("SELECT array_agg(value ORDER BY name) FROM counter")

    statements, values = room.runner.run(asked())
    assert values == [7, 6]
    assert len([one for one in statements if "BEGIN" in one]) == 1
