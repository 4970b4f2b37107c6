"""What PostgreSQL itself forbids for tasks, and what a list costs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.tasks import GetSaga, GetTask, ListSagas, ListTasks, TaskAnswer
from infra.database import Pool
from infra.decision import Row
from infra.spec import NOON
from tests import scratch
from tests.scratch import database_of, empty
from tests.servers import Servers
from tests.tasks.words import TARO, task
from workers.tasks import group, queries
from workers.tasks.rules.task import Creation, Person

save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("tasks", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


@pytest.mark.req("S0-34", "S0-42")
@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (replace(task(), status="lost"), "task_status_is_known"),  # type: ignore[arg-type]
        (replace(task(), priority="soon"), "task_priority_is_known"),  # type: ignore[arg-type]
        (replace(task("done"), completed_at=None), "task_that_is_done_was_completed"),
        (task(user_id="U-9"), "task_is_of_somebody_known"),
    ],
)
async def test_a_task_that_cannot_be_is_refused(pool: Pool, wrong: Row, constraint: str) -> None:
    assert await refused(pool, TARO, wrong) == constraint


@pytest.mark.req("S0-43")
async def test_a_task_is_answered_together_with_its_user(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, TARO, task())
    answer = await queries.one_task(GetTask(task_id="T-1"), reading)
    assert answer and (answer.title, answer.status, answer.user.name, answer.user_id) == ("掃除", "todo", "太郎", "U-1")
    assert await queries.one_task(GetTask(task_id="T-2"), reading) is None


@pytest.mark.req("S0-84")
async def test_a_thousand_tasks_of_a_hundred_users_cost_one_statement_a_page(pool: Pool, reading: AsyncConnection) -> None:
    """A question to identity would be a message, and the database is all a query is given."""
    people = [Person(f"U-{n:03}", f"name {n}", "active", 1) for n in range(100)]
    tasks = [task(task_id=f"T-{n:04}", user_id=f"U-{n % 100:03}") for n in range(1000)]
    async with pool.acquire() as connection, connection.transaction():
        await group.stores[Person].insert(connection, people)
        await group.stores[type(tasks[0])].insert(connection, tasks)
    statements: list[str] = []
    note = lambda *event: statements.append(event[2])  # noqa: E731
    sa.event.listen(reading.sync_connection, "before_cursor_execute", note)

    found: list[TaskAnswer] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await queries.all_tasks(ListTasks(limit=200, cursor=cursor), reading)
        found, cursor = [*found, *page.items], page.next_cursor

    assert [one.task_id for one in found] == [f"T-{n:04}" for n in range(999, -1, -1)]
    assert all(one.user.name == f"name {int(one.task_id[2:]) % 100}" for one in found)
    assert len(statements) == 5


@pytest.mark.req("S0-30")
async def test_a_list_is_of_one_assignee_and_one_status(pool: Pool, reading: AsyncConnection) -> None:
    jiro = Person("U-2", "次郎", "active", 1)
    rows = [task(), task("done", "T-2"), task("done", "T-3", "U-2"), task("todo", "T-4", "U-2")]
    await save(pool, TARO, jiro, *rows)

    async def of(**filters: str) -> list[str]:
        page = await queries.all_tasks(ListTasks.model_validate(filters), reading)
        return [one.task_id for one in page.items]

    assert await of() == ["T-4", "T-3", "T-2", "T-1"]
    assert await of(assignee="U-1") == ["T-2", "T-1"]
    assert await of(status="done") == ["T-3", "T-2"]
    assert await of(assignee="U-2", status="done") == ["T-3"]
    assert await of(assignee="U-9") == []


@pytest.mark.req("S0-44")
async def test_creations_are_listed_newest_first_and_by_state(pool: Pool, reading: AsyncConnection) -> None:
    begun = [Creation(f"T-{n}", "U-1", "掃除", "", "none", None, "boss", NOON) for n in range(4)]
    await save(pool, *[replace(one, state="completed" if n % 2 else "running") for n, one in enumerate(begun)])
    first = await queries.all_sagas(ListSagas(limit=3), reading)
    assert [one.task_id for one in first.items] == ["T-3", "T-2", "T-1"] and first.next_cursor == "T-1"
    rest = await queries.all_sagas(ListSagas(limit=3, cursor="T-1"), reading)
    assert [one.task_id for one in rest.items] == ["T-0"] and rest.next_cursor is None
    running = await queries.all_sagas(ListSagas(state="running"), reading)
    assert [one.task_id for one in running.items] == ["T-2", "T-0"]
    one = await queries.saga(GetSaga(task_id="T-1"), reading)
    assert one and one.state == "completed" and await queries.saga(GetSaga(task_id="T-9"), reading) is None
