"""How an operation fares: the rules, and what its caller reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import pytest

from contracts.operation import Closing, OperationClosed, OperationProgressed, Progress
from edge import views
from edge.operations import group
from edge.rules import Operation
from infra.spec import Spec

ID = UUID(int=7)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OPEN = Operation(
    operation_id=ID, principal="CUST-001", command="order.place-order.v1", ids={"order_id": "o1"}, links={},
    status="pending", steps=[], reason="", outcome=None, created_at=NOON, updated_at=NOON,
)  # fmt: skip


def progress(what: str, status: Literal["pending", "delayed", "suspended"] = "pending") -> OperationProgressed:
    return OperationProgressed(
        batch="b", items=(Progress(operation_id=str(ID), what=what, subject="o1", at=NOON, status=status),)
    )


def closing(status: Literal["succeeded", "failed"], reason: str = "", **data: Any) -> OperationClosed:
    item = Closing(operation_id=str(ID), what="order.x.v1", at=NOON, status=status, reason=reason, data=data)
    return OperationClosed(batch="b", items=(item,))


def left(spec: Spec) -> Operation:
    found = spec.row(Operation, ID)
    assert isinstance(found, Operation)
    return found


def test_steps_are_noted_in_order_and_a_delay_is_visible_and_passes() -> None:
    spec = Spec(group, OPEN).when(progress("a"), progress("b", "delayed"))
    assert left(spec).status == "delayed"
    spec = spec.when(progress("b"))
    assert (left(spec).status, [step["name"] for step in left(spec).steps]) == ("pending", ["a", "b", "b"])


def test_the_first_outcome_counts() -> None:
    spec = Spec(group, OPEN).when(closing("succeeded", order_id="o1"), closing("failed", "late"), progress("after"))
    operation = left(spec)
    assert (operation.status, operation.reason, operation.outcome) == ("succeeded", "", {"order_id": "o1"})
    assert operation.steps[-1]["name"] == "after"


def test_what_somebody_else_began_is_nobodys_operation() -> None:
    assert Spec(group).when(progress("a"), closing("failed", "x")).row(Operation, ID) is None


def test_steps_are_bounded() -> None:
    spec = Spec(group, OPEN)
    for number in range(100):
        spec = spec.when(progress(str(number)))
    assert [len(left(spec).steps), left(spec).steps[-1]["name"]] == [64, "99"]


@pytest.mark.req("S3-75")
def test_an_outcome_shows_no_ciphertext() -> None:
    destination = {"prefecture": "JP-13", "recipient": {"to": "shipping", "box": "c2VhbGVk"}}
    spec = Spec(group, OPEN).when(closing("succeeded", order_id="o1", destination=destination))
    assert left(spec).outcome == {"order_id": "o1", "destination": {"prefecture": "JP-13"}}


def test_a_failed_operation_reads_as_a_problem_with_its_reason() -> None:
    told = views.view(left(Spec(group, OPEN).when(closing("failed", "card_declined", order_id="o1", step="charge"))), "ja")
    assert (told["status"], told["result"]) == ("failed", None)
    problem = told["problem"]
    assert (problem["status"], problem["reason"], problem["order_id"]) == (409, "card_declined", "o1")
    assert problem["title"] == "カードが承認されませんでした"
    assert told["created_at"] == "2026-01-01T12:00:00Z"
