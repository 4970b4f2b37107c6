"""The saga that creates a task, as a conversation with identity."""

from __future__ import annotations

import pytest

from contracts.tasks import CreateTask, SagaMended, TaskRefused
from infra.spec import NOON
from tests.tasks.words import (
    CHECK,
    CREATED,
    LATER,
    TARO,
    checked,
    create,
    given,
    mend,
    overdue,
    refused,
    silence,
    task,
    unchecked,
)
from workers.tasks.rules.task import Creation, Person, Task


@pytest.mark.req("S0-42", "S0-44", "S0-45", "S0-75")
def test_identity_vouches_and_then_there_is_a_task() -> None:
    asked = given().when(create()).then(CHECK, overdue(1, 10))
    assert asked.row(Task, "T-1") is None, "nobody sees a task before its user is known"
    asked.when(checked()).then(CREATED).leaves(task(), TARO)


@pytest.mark.req("S0-44")
@pytest.mark.parametrize("reason", ["unknown_user", "inactive_user"])
def test_a_user_who_is_not_vouched_for_gets_no_task(reason: str) -> None:
    spec = given().when(create()).when(unchecked(reason)).then(refused(reason))
    assert spec.row(Task, "T-1") is None and spec.row(Person, "U-1") is None
    spec.when(checked()).then()
    assert spec.row(Task, "T-1") is None, "an answer that comes later finds nobody waiting"


@pytest.mark.req("S0-44", "S0-73")
def test_silence_is_asked_once_more_and_then_ends_it() -> None:
    spec = given().when(create()).when(silence(1), now=LATER).then(CHECK, overdue(2, 30))
    spec.when(silence(1), now=LATER).then()
    spec.when(silence(2), now=LATER).then(refused("check_user_timeout"))
    spec.when(checked(), silence(2)).then()
    assert spec.row(Task, "T-1") is None
    ended = spec.row(Creation, "T-1")
    assert ended and (ended.state, ended.failed, ended.deadline) == ("compensated", "check_user", None)


def test_a_late_answer_is_good_as_long_as_somebody_waits() -> None:
    given().when(create()).when(silence(1), now=LATER).when(checked(), now=LATER).then(CREATED).when(silence(2)).then()


@pytest.mark.req("S3-57")
def test_the_same_wish_has_one_outcome() -> None:
    spec = given().when(create(), create()).then(CHECK, overdue(1, 10)).when(create()).then()
    spec.when(checked(), checked()).then(CREATED).when(create(), checked()).then(CREATED)
    no = given().when(create()).when(unchecked()).when(create()).then(refused("unknown_user"))
    assert no.row(Task, "T-1") is None


@pytest.mark.req("S3-57")
@pytest.mark.parametrize("other", [create(title="洗濯"), create(description=""), create(priority="high")])
def test_another_wish_under_a_known_id_is_refused(other: CreateTask) -> None:
    given().when(create()).when(checked()).when(other).then(refused("already_exists")).leaves(task())


def test_what_was_asked_for_is_what_there_is() -> None:
    wish = create(priority="urgent", due_date="2030-02-28")
    made = given().when(wish, now=NOON).when(checked(), now=LATER).row(Task, "T-1")
    assert made and (made.priority, str(made.due_date), made.description) == ("urgent", "2030-02-28", "廊下も")
    assert (made.created_at, made.completed_at, made.created_by) == (LATER, None, "boss")


def test_an_operator_may_give_up_a_creation_that_still_waits() -> None:
    asked = given().when(create())
    began = asked.row(Creation, "T-1")
    asked.when(mend("compensate")).then(
        SagaMended(task_id="T-1", user_id="U-1", action="compensate", step="check_user"), refused("operator")
    )
    told, ended = asked.envelopes
    assert began and (told.cause, ended.cause) == (asked.envelopes[0].cause, began.cause)
    assert began.cause.endswith("tasks.create-task.v1") and told.cause.endswith("tasks.mend-saga.v1")
    asked.when(checked()).then()
    after = asked.row(Creation, "T-1")
    assert after and ("compensate", "mori: identity is gone") in [(one["what"], one["reason"]) for one in after.history]
    assert asked.row(Task, "T-1") is None


@pytest.mark.parametrize("action", ["retry", "skip", "compensate"])
def test_what_has_ended_or_never_was_cannot_be_mended(action: str) -> None:
    ended = given().when(create()).when(checked()).when(mend(action)).then(refused("invalid_state"))
    ended.when(mend(action, "U-2")).then(TaskRefused(task_id="T-1", user_id="U-2", reason="unknown_task"))
    given().when(mend(action)).then(TaskRefused(task_id="T-1", user_id="", reason="unknown_task"))
