"""A task goes through its statuses, and not past them."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from contracts.tasks import MoveTask, TaskMoved, TaskRefused, TaskStatus
from tests.tasks.words import LATER, given, move, refused, task
from workers.tasks.rules.moving import NEXT
from workers.tasks.rules.task import Task

STATUSES = get_args(TaskStatus)
PAIRS = [(one, other) for one in STATUSES for other in STATUSES if one != other]


def moved(status: TaskStatus) -> TaskMoved:
    return TaskMoved(task_id="T-1", user_id="U-1", status=status)


@pytest.mark.req("S0-30", "S0-42")
@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_only_the_listed_moves_are_made(before: TaskStatus, after: TaskStatus) -> None:
    spec = given(task(before)).when(move(after), now=LATER)
    if after in NEXT[before]:
        done = LATER if after == "done" else None
        spec.then(moved(after)).leaves(replace(task(before), status=after, updated_at=LATER, completed_at=done))
    else:
        spec.then(refused("invalid_state")).leaves(task(before))


@pytest.mark.req("S3-57")
@pytest.mark.parametrize("status", STATUSES)
def test_where_it_is_already_it_stays(status: TaskStatus) -> None:
    given(task(status)).when(move(status), now=LATER).then(moved(status)).leaves(task(status))


@pytest.mark.parametrize("wrong", [MoveTask(task_id="T-2", status="done"), move("in_progress", "U-2")])
def test_a_task_of_another_is_as_unknown_as_none(wrong: MoveTask) -> None:
    no = TaskRefused(task_id=wrong.task_id, user_id=wrong.user_id, reason="unknown_task")
    spec = given(task()).when(wrong).then(no).leaves(task())
    assert spec.row(Task, "T-2") is None
