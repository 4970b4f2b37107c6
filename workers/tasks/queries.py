"""What tasks answers: each with one statement, names included, so that a long list needs no further question (S0-84)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.tasks import Assignee, GetSaga, GetTask, ListSagas, ListTasks, SagaAnswer, SagaPage, TaskAnswer, TaskPage
from infra import paging
from storage.tasks import creation, person, task

_NAMED = sa.select(task, person.c.name, person.c.status.label("user_status")).join(person, person.c.user_id == task.c.user_id)
_ONE = _NAMED.where(task.c.task_id == sa.bindparam("task_id"))
_CREATION = sa.select(creation).where(creation.c.task_id == sa.bindparam("task_id"))


async def one_task(query: GetTask, read: AsyncConnection) -> TaskAnswer | None:
    row = (await read.execute(_ONE, {"task_id": query.task_id})).one_or_none()
    return _answer(row) if row else None


async def all_tasks(query: ListTasks, read: AsyncConnection) -> TaskPage:
    """Newest first, by id."""
    wanted = _NAMED.order_by(task.c.task_id.desc()).limit(query.limit + 1)
    if query.assignee:
        wanted = wanted.where(task.c.user_id == query.assignee)
    if query.status:
        wanted = wanted.where(task.c.status == query.status)
    if query.cursor:
        wanted = wanted.where(task.c.task_id < query.cursor)
    shown, following = paging.page((await read.execute(wanted)).all(), query.limit, lambda last: str(last.task_id))
    return TaskPage(items=tuple(_answer(row) for row in shown), next_cursor=following)


async def saga(query: GetSaga, read: AsyncConnection) -> SagaAnswer | None:
    row = (await read.execute(_CREATION, {"task_id": query.task_id})).one_or_none()
    return _saga(row) if row else None


async def all_sagas(query: ListSagas, read: AsyncConnection) -> SagaPage:
    """Newest first, by id."""
    wanted = sa.select(creation).order_by(creation.c.task_id.desc()).limit(query.limit + 1)
    if query.state:
        wanted = wanted.where(creation.c.state == query.state)
    if query.cursor:
        wanted = wanted.where(creation.c.task_id < query.cursor)
    shown, following = paging.page((await read.execute(wanted)).all(), query.limit, lambda last: str(last.task_id))
    return SagaPage(items=tuple(_saga(row) for row in shown), next_cursor=following)


def _answer(row: sa.Row[Any]) -> TaskAnswer:
    return TaskAnswer(
        task_id=row.task_id, user_id=row.user_id, user=Assignee(user_id=row.user_id, name=row.name, status=row.user_status),
        title=row.title, description=row.description, status=row.status, priority=row.priority, due_date=row.due_date,
        created_by=row.created_by, created_at=row.created_at, updated_at=row.updated_at, completed_at=row.completed_at,
    )  # fmt: skip


def _saga(row: sa.Row[Any]) -> SagaAnswer:
    return SagaAnswer(**{name: getattr(row, name) for name in SagaAnswer.model_fields})
