"""The published language of tasks (S0-30, S0-34, S0-42 … S0-46)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.process import Action, SagaList, SagaMending, SagaView

TaskStatus: TypeAlias = Literal["todo", "in_progress", "in_review", "done", "cancelled"]
Priority: TypeAlias = Literal["none", "low", "medium", "high", "urgent"]


# What happened


class TaskCreated(Event):
    """The seed's `task.created` (S0-45). `created_by` may be the user, somebody else, or nobody known."""

    topic, about, key, aggregate = "tasks.task-created.v1", "task_id", "user_id", "task"
    task_id: str
    user_id: str
    title: str
    created_by: str


class TaskMoved(Event):
    topic, about, key, aggregate = "tasks.task-moved.v1", "task_id", "user_id", "task"
    task_id: str
    user_id: str
    status: TaskStatus


class TaskRefused(Refusal):
    """Nothing was created, moved or mended. `check_user_timeout`: identity did not answer in time; `operator`: somebody
    who runs the system gave the creation up."""

    topic, about, key = "tasks.task-refused.v1", "task_id", "user_id"
    task_id: str
    user_id: str
    reason: Literal[
        "unknown_user", "inactive_user", "check_user_timeout", "already_exists", "unknown_task", "invalid_state", "operator"
    ]


class SagaMended(Event):
    topic, about, key = "tasks.saga-mended.v1", "task_id", "user_id"
    task_id: str
    user_id: str
    action: Action
    step: str


# What can be asked of tasks


class CreateTask(Command):
    """A task for a user, who is its one assignee so far. The task id is the idempotency key."""

    topic, about, key = "tasks.create-task.v1", "task_id", "user_id"
    succeeds, fails = (TaskCreated,), (TaskRefused,)
    task_id: Id
    user_id: Id
    title: str = Field(min_length=1, max_length=200)
    description: str = Field(default="", max_length=8000)
    priority: Priority = "none"
    due_date: date | None = Field(default=None, description="a day in the assignee's own calendar")
    created_by: str = Field(default="", max_length=64)


class MoveTask(Command):
    """`user_id` must be the task's when it is given."""

    topic, about, key = "tasks.move-task.v1", "task_id", "user_id"
    succeeds, fails = (TaskMoved,), (TaskRefused,)
    task_id: Id
    status: TaskStatus
    user_id: str = Field(default="", max_length=64)


class CreationOverdue(Command):
    """The one timer of a creation rang; `asks` is the number of the question it belongs to."""

    topic, about, key = "tasks.creation-overdue.v1", "task_id", "user_id"
    task_id: Id
    user_id: Id
    asks: int


class MendSaga(SagaMending):
    topic, about, key = "tasks.mend-saga.v1", "task_id", "user_id"
    succeeds, fails = (SagaMended,), (TaskRefused,)
    task_id: Id
    user_id: str = Field(default="", max_length=64)


# What can be asked about


class Assignee(BaseModel):
    """As tasks knows the user: from identity's answer when a task was made, and from every change since (S0-25)."""

    model_config = ConfigDict(frozen=True)

    user_id: str
    name: str
    status: str


class TaskAnswer(Answer):
    task_id: str
    user_id: str
    user: Assignee
    title: str
    description: str
    status: TaskStatus
    priority: Priority
    due_date: date | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None


class TaskPage(Answer):
    items: tuple[TaskAnswer, ...]
    next_cursor: str | None


class SagaAnswer(SagaView):
    """The creation of a task."""

    task_id: str
    user_id: str


class SagaPage(Answer):
    items: tuple[SagaAnswer, ...]
    next_cursor: str | None


class GetSaga(Query):
    topic, about = "tasks.get-saga.v1", "task_id"
    task_id: Id


class ListSagas(SagaList):
    topic, about = "tasks.list-sagas.v1", "state"


class GetTask(Query):
    topic, about = "tasks.get-task.v1", "task_id"
    task_id: Id


class ListTasks(Query):
    """Newest first. The cursor is the last task's id of the page before."""

    topic, about = "tasks.list-tasks.v1", "assignee"
    assignee: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._:@-]{0,63})?$")
    status: Literal["", "todo", "in_progress", "in_review", "done", "cancelled"] = ""
    cursor: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9._:@-]{0,63})?$")
    limit: int = Field(default=50, ge=1, le=200)
