"""The words in which the tests of tasks speak."""

from __future__ import annotations

from datetime import timedelta

from contracts.identity import CheckUser, UserChecked, UserCheckRefused, UserCreated, UserUpdated
from contracts.message import Message
from contracts.sealed import Sealed
from contracts.tasks import CreateTask, CreationOverdue, MendSaga, MoveTask, TaskCreated, TaskRefused, TaskStatus
from infra.decision import After, Row
from infra.spec import NOON, Spec
from workers.tasks import group
from workers.tasks.rules.task import Person, Task

LATER = NOON + timedelta(seconds=10)
CHECK = CheckUser(request_id="T-1", user_id="U-1")
CREATED = TaskCreated(task_id="T-1", user_id="U-1", title="掃除", created_by="boss")
TARO = Person("U-1", "太郎", "active", 1)


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def create(task_id: str = "T-1", **changes: object) -> CreateTask:
    wish = {"task_id": task_id, "user_id": "U-1", "title": "掃除", "description": "廊下も", "created_by": "boss"}
    return CreateTask.model_validate(wish | changes)


def checked(version: int = 1, name: str = "太郎") -> UserChecked:
    return UserChecked(request_id="T-1", user_id="U-1", name=name, status="active", version=version)


def unchecked(reason: str = "unknown_user") -> UserCheckRefused:
    return UserCheckRefused.model_validate({"request_id": "T-1", "user_id": "U-1", "reason": reason})


def overdue(asks: int, seconds: int) -> After:
    return After(NOON + timedelta(seconds=seconds), silence(asks))


def silence(asks: int) -> CreationOverdue:
    return CreationOverdue(task_id="T-1", user_id="U-1", asks=asks)


def refused(reason: str, task_id: str = "T-1") -> TaskRefused:
    return TaskRefused.model_validate({"task_id": task_id, "user_id": "U-1", "reason": reason})


def mend(action: str, user_id: str = "") -> MendSaga:
    words = {"task_id": "T-1", "user_id": user_id, "action": action, "reason": "identity is gone", "actor": "mori"}
    return MendSaga.model_validate(words)


def task(status: TaskStatus = "todo", task_id: str = "T-1", user_id: str = "U-1") -> Task:
    done = NOON if status == "done" else None
    return Task(task_id, user_id, "掃除", "廊下も", status, "none", None, "boss", NOON, NOON, done)


def move(status: TaskStatus, user_id: str = "") -> MoveTask:
    return MoveTask(task_id="T-1", status=status, user_id=user_id)


def told(version: int, name: str, *, first: bool = False) -> Message:
    kind = UserCreated if first else UserUpdated
    return kind(user_id="U-1", name=name, email=Sealed(to="identity", box="c2VhbGVk"), status="active", version=version)
