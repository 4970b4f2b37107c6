"""The saga that creates a task (S0-44): identity vouches for the user, then there is a task, and then it is told.

There is nothing to undo: until identity has answered no task exists. A refusal or 30 s of silence end it, and an answer
that comes later finds nobody waiting.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from contracts.identity import CheckUser, UserChecked, UserCheckRefused
from contracts.message import Event
from contracts.tasks import CreateTask, CreationOverdue, MendSaga, SagaMended, TaskCreated, TaskRefused
from infra.decision import Outcomes, Rows
from infra.process import Process, Sagas, Step, nothing
from workers.tasks.rules.people import note_user
from workers.tasks.rules.task import Creation, Task

ASKED_AGAIN = 1
"""After 10 s in vain (S0-73), with the double patience."""


def created(it: Creation) -> Outcomes:
    yield it
    yield Task(
        it.task_id, it.user_id, it.title, it.description, "todo", it.priority, it.due_date, it.created_by,
        it.updated_at, it.updated_at,
    )  # fmt: skip
    yield _created(it)


def refused(it: Creation) -> Outcomes:
    yield it
    yield _refused(it, it.reason)


creation: Process[Creation] = Process(
    name="creation",
    steps=(
        Step(
            name="check_user", participant="identity", within=timedelta(seconds=10), retries=ASKED_AGAIN,
            do=lambda it: CheckUser(request_id=it.task_id, user_id=it.user_id), done=UserChecked, refused=UserCheckRefused,
            undo=nothing,
        ),
        Step(name="create_task"),
    ),
    pivot="create_task",
    overdue=lambda it: CreationOverdue(task_id=it.task_id, user_id=it.user_id, asks=it.asks),
    completed=created, compensated=refused, stuck=lambda it: iter([it]), resumed=lambda it: it,
)  # fmt: skip
sagas = Sagas(Creation, [creation])


def create_task(command: CreateTask, rows: Rows, now: datetime) -> Outcomes:
    """The same wish has the same outcome, told again when there is one."""
    if known := rows.get(Creation, command.task_id):
        if _wish(command) != _wish(known):
            yield _refused(command, "already_exists")
        elif known.state == "completed":
            yield _created(known)
        elif known.state == "compensated":
            yield _refused(known, known.reason)
        return
    begun = Creation(
        command.task_id, command.user_id, command.title, command.description, command.priority, command.due_date,
        command.created_by, now,
    )  # fmt: skip
    yield from creation.start(begun, rows, now)


def user_checked(event: UserChecked, rows: Rows, now: datetime) -> Outcomes:
    """What identity says of a user goes into our copy, so that no task is without a name."""
    yield from sagas.answer(event, rows, now)
    yield from note_user(event, rows, now)


def user_refused(event: Event, rows: Rows, now: datetime) -> Outcomes:
    yield from sagas.answer(event, rows, now)


def creation_overdue(timer: CreationOverdue, rows: Rows, now: datetime) -> Outcomes:
    yield from sagas.silence(timer.task_id, timer.asks, rows, now)


def mend_saga(command: MendSaga, rows: Rows, now: datetime) -> Outcomes:
    """An operator's word, kept with name and reason in the saga's history."""
    saga = rows.get(Creation, command.task_id)
    if saga is None or command.user_id not in ("", saga.user_id):
        yield TaskRefused(task_id=command.task_id, user_id=command.user_id, reason="unknown_task")
    elif not sagas.may(command.action, saga):
        yield TaskRefused(task_id=command.task_id, user_id=saga.user_id, reason="invalid_state")
    else:
        yield SagaMended(task_id=saga.task_id, user_id=saga.user_id, action=command.action, step=saga.step)
        yield from sagas.mend(command.action, saga, f"{command.actor or 'operator'}: {command.reason}", rows, now)


def _wish(of: CreateTask | Creation) -> tuple[Any, ...]:
    return of.user_id, of.title, of.description, of.priority, of.due_date


def _created(it: Creation) -> TaskCreated:
    return TaskCreated(task_id=it.task_id, user_id=it.user_id, title=it.title, created_by=it.created_by)


def _refused(it: CreateTask | Creation, reason: str) -> TaskRefused:
    return TaskRefused.model_validate({"task_id": it.task_id, "user_id": it.user_id, "reason": reason})
