"""Which status follows which (S0-42): a task is done, given up, and taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from contracts.tasks import MoveTask, TaskMoved, TaskRefused, TaskStatus
from infra.decision import Outcomes, Rows
from workers.tasks.rules.task import Task

NEXT: Mapping[TaskStatus, tuple[TaskStatus, ...]] = MappingProxyType({
    "todo": ("in_progress", "cancelled"),
    "in_progress": ("todo", "in_review", "done", "cancelled"),
    "in_review": ("in_progress", "done", "cancelled"),
    "done": ("in_progress",),
    "cancelled": ("todo",),
})  # fmt: skip


def move_task(command: MoveTask, rows: Rows, now: datetime) -> Outcomes:
    task = rows.get(Task, command.task_id)
    if task is None or command.user_id not in ("", task.user_id):
        yield _refused(command.task_id, command.user_id, "unknown_task")
        return
    if command.status != task.status:
        if command.status not in NEXT[task.status]:
            yield _refused(task.task_id, task.user_id, "invalid_state")
            return
        done = now if command.status == "done" else None
        task = replace(task, status=command.status, completed_at=done, updated_at=now)
        yield task
    yield TaskMoved(task_id=task.task_id, user_id=task.user_id, status=task.status)


def _refused(task_id: str, user_id: str, reason: Literal["unknown_task", "invalid_state"]) -> TaskRefused:
    return TaskRefused(task_id=task_id, user_id=user_id, reason=reason)
