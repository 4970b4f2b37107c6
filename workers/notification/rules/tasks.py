"""What users hear of tasks: one that somebody else has made for them."""

from __future__ import annotations

from datetime import datetime

from contracts.tasks import TaskCreated
from infra.decision import Outcomes, Rows
from workers.notification.rules.notices import notify
from workers.notification.rules.source import Kind, Source

ASSIGNED = Kind(
    "task_assigned",
    ja="新しいタスク「{title}」が割り当てられました。",
    en="A new task is yours: {title}",
    link="/v1/tasks/{subject}",
)


def created(event: TaskCreated, rows: Rows, now: datetime) -> Outcomes:
    """Nobody is told what he has done himself."""
    if event.created_by != event.user_id:
        yield from notify(rows, now, event.user_id, ASSIGNED, event.task_id, title=event.title)


source = Source(ASSIGNED)
source.on(TaskCreated, created)
