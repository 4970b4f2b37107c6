"""The rows of tasks. Their fields are the columns of `storage/tasks.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contracts.tasks import Priority, TaskStatus
from infra.decision import Row
from infra.process import Progress, State


@dataclass(frozen=True, slots=True)
class Creation(Progress):
    """A task that is asked for. Until its user is known to exist there is no task that anybody could see."""

    task_id: str
    user_id: str
    title: str
    description: str
    priority: Priority
    due_date: date | None
    created_by: str
    updated_at: datetime
    saga: str = ""
    version: int = 1
    state: State = "running"
    backwards: bool = False
    step: str = ""
    waits_for: str = ""
    attempts: int = 0
    asks: int = 0
    deadline: datetime | None = None
    failed: str = ""
    reason: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Task(Row):
    """`completed_at` is set while it is done, and only then."""

    task_id: str
    user_id: str
    title: str
    description: str
    status: TaskStatus
    priority: Priority
    due_date: date | None
    created_by: str
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Person(Row):
    """Our copy of a user, as new as the newest version that was heard of."""

    user_id: str
    name: str
    status: str
    version: int
