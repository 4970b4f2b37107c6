"""What PostgreSQL itself forbids, finds and answers for the event store."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.eventstore import FindOperations, GetTimeline, ReadStream
from infra import ids
from infra.database import Pool
from infra.decision import Row
from infra.provision import credentials
from infra.settings import Settings
from infra.spec import NOON
from infra.writing import Writing
from tests import scratch
from tests.eventstore.words import LAMP, OPERATION, sent
from tests.scratch import database_of
from tests.servers import Servers
from workers.eventstore import group, queries
from workers.eventstore.rules.recording import entry_of, trace_of
from workers.eventstore.rules.state import Entry, Following, Known, Log, Newer, Stream, Trace


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("eventstore", servers.database_url) as address:
        yield address


save = partial(scratch.save, group)


def lit(n: int, **changes: object) -> Entry:
    return replace(entry_of(sent(n), n, NOON), **changes)  # type: ignore[arg-type]


@pytest.mark.req("S2-33")
@pytest.mark.parametrize("sql", ["UPDATE event SET type = ''", "DELETE FROM event", "TRUNCATE event", "DELETE FROM trace"])
async def test_the_role_may_change_nothing_that_happened(services: Settings, sql: str) -> None:
    connection = await asyncpg.connect(credentials(services, "eventstore").dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(sql)
    finally:
        await connection.close()


@pytest.mark.req("S2-33")
@pytest.mark.parametrize("sql", ["UPDATE event SET type = ''", "DELETE FROM event", "TRUNCATE event", "DELETE FROM append"])
async def test_the_owner_of_the_tables_does_not_change_it_by_mistake(services: Settings, sql: str) -> None:
    connection = await asyncpg.connect(credentials(services, "eventstore").owner_dsn)
    try:
        with pytest.raises(asyncpg.RestrictViolationError, match="what happened is not changed"):
            await connection.execute(sql)
    finally:
        await connection.close()


@pytest.mark.req("S2-39")
@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        (lit(2, position=1), "event_pkey"),
        (lit(2, event_id=sent(1).id), "event_comes_once"),
        (lit(2, version=1), "event_has_its_own_version"),
        (lit(2, version=0), "event_is_counted_from_one"),
        (lit(2, stream=None), "event_version_belongs_to_a_stream"),
        (Stream(LAMP, "toy", 0), "stream_is_counted_from_one"),
        (Log("all", -1), "log_is_counted_from_zero"),
    ],
)
async def test_what_no_rule_should_ever_write_is_refused(pool: Pool, row: Entry, constraint: str) -> None:
    await save(pool, lit(1))
    assert await scratch.refused(group, pool, row) == constraint


async def test_lookups_find_what_they_are_asked_for(pool: Pool) -> None:
    other = lit(3, stream=None, version=None, type="toy.other.v1")
    await save(pool, lit(1), lit(2), other, trace_of(sent(9, "command")))
    here, there = str(sent(1).id), str(sent(9, "command").id)
    wanted: list[tuple[type[Row], str, list[Any]]] = [
        (Known, f'["{here}", "{ids.root()}", "{there}"]', [here, there]),
        (Newer, f'["{LAMP}", 1]', [2]),
        (Newer, f'["{LAMP}", 2]', []),
        (Newer, '["lamp:nobody", 0]', []),
        (Following, '[["toy.lamp-lit.v1"], 0, 1]', [1]),
        (Following, '[["toy.lamp-lit.v1", "toy.other.v1"], 1, 100]', [2, 3]),
        (Following, '[["toy.other.v1"], 3, 100]', []),
    ]
    for kind, key, expected in wanted:
        async with pool.acquire() as connection:
            found = (await group.lookups[kind].load(connection, [key]))[key]
        assert found is not None
        named = found.ids if isinstance(found, Known) else [one["position"] for one in found.events]
        assert sorted(named) == sorted(expected), key


@pytest.mark.req("S2-36")
async def test_a_history_is_read_as_it_was(pool: Pool, reading: AsyncConnection) -> None:
    rows = [lit(n, time=NOON + timedelta(minutes=n), data={"n": n, "customer_id": "CUST-001"}) for n in (1, 2, 3, 4)]
    await save(pool, *reversed(rows))

    async def versions(**asked: object) -> list[int | None] | None:
        page = await queries.stream(ReadStream(stream=LAMP, **asked), reading)  # type: ignore[arg-type]
        return [one.version for one in page.items] if page else None

    assert await versions() == [1, 2, 3, 4]
    assert await versions(at=NOON + timedelta(minutes=2, seconds=30)) == [1, 2]
    assert await versions(version=3) == [1, 2, 3]
    assert await versions(version=3, cursor=1, limit=1) == [2]
    assert await versions(at=NOON) is None
    page = await queries.stream(ReadStream(stream=LAMP, at=NOON + timedelta(minutes=3), limit=2), reading)
    assert page is not None and (page.version, page.next_cursor, page.owners) == (3, 2, ("CUST-001",))


@pytest.mark.req("S2-34")
async def test_a_timeline_has_commands_events_and_what_they_took(pool: Pool, reading: AsyncConnection) -> None:
    root: Trace = trace_of(sent(1, "command", id=OPERATION, causation=None, type="order.place-order.v1"))
    timer = trace_of(sent(2, "timer", time=NOON + timedelta(seconds=2), causation=ids.root()))
    await save(pool, lit(1, time=NOON + timedelta(milliseconds=40)), root, timer)
    found = await queries.timeline(GetTimeline(operation_id=OPERATION), reading)
    assert [(one.kind, one.handler, one.took_ms, one.causation) for one in found.items] == [
        ("command", "order", 40, None), ("event", "", None, OPERATION), ("timer", "toy", None, None),
    ]  # fmt: skip
    assert found.traceparent == ""
    cut = await queries.timeline(GetTimeline(operation_id=OPERATION, limit=2), reading)
    assert len(cut.items) == 2 and not cut.complete


@pytest.mark.req("S3-85")
async def test_operations_are_found_by_the_trace_they_began_under(pool: Pool, reading: AsyncConnection) -> None:
    trace_id, other = "4bf92f3577b34da6a3ce929d0e0e4736", ids.root()
    traced = {"causation": None, "traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    begun = [
        trace_of(sent(1, "command", id=OPERATION, time=NOON + timedelta(seconds=1), **traced)),
        trace_of(sent(2, "command", id=other, correlation=other, **traced)),
        trace_of(sent(3, "command")),
    ]
    await save(pool, *begun)
    found = await queries.traced(FindOperations(trace_id=trace_id), reading)
    assert found.operation_ids == (other, OPERATION)
    assert (await queries.traced(FindOperations(trace_id=trace_id, limit=1), reading)).operation_ids == (other,)
    assert (await queries.traced(FindOperations(trace_id=trace_id[::-1]), reading)).operation_ids == ()
    assert (await queries.timeline(GetTimeline(operation_id=OPERATION), reading)).traceparent == traced["traceparent"]


@pytest.mark.req("S2-30", "S2-31")
async def test_an_event_reads_as_the_seed_writes_it(pool: Pool, reading: AsyncConnection) -> None:
    """id, aggregate id and type, event type, data, version, and the moment in UTC (RFC 3339)."""
    await save(pool, lit(1))
    page = await queries.stream(ReadStream(stream=LAMP), reading)
    assert page is not None
    (read,) = json.loads(page.model_dump_json())["items"]
    aggregate_type, _, aggregate_id = read["stream"].partition(":")
    assert str(UUID(read["event_id"])) == read["event_id"] == str(sent(1).id)
    assert (aggregate_type, aggregate_id, read["type"], read["data"]) == ("lamp", "L-1", "toy.lamp-lit.v1", {"n": 1})
    assert (read["version"], read["time"]) == (1, "2030-01-01T12:00:00Z")


@pytest.mark.req("S2-38")
async def test_a_batch_of_events_is_written_by_one_statement_and_rewrites_nothing(pool: Pool) -> None:
    """Made for writing: whatever a batch brings is one INSERT at the end, of rows that are never touched again."""
    statements: list[str] = []
    writing = Writing()
    await group.stores[Entry].insert(writing, [lit(n) for n in range(1, 501)])
    await group.stores[Trace].insert(writing, [trace_of(sent(n)) for n in range(1, 501)])
    async with pool.acquire() as connection:
        with connection.query_logger(lambda logged: statements.append(logged.query)):
            await writing.flush(connection)
        assert await connection.fetchval("SELECT count(*) FROM event") == 500
        moved = "SELECT n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = 'event'"
        assert await connection.fetchval(moved) == 0
    (only,) = [one for one in statements if "INSERT" in one]
    assert only.count("INSERT INTO") == 2 and "UPDATE" not in only
