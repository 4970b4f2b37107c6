"""How an operation fares, as the domains tell it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.operation import Closing, OperationClosed, OperationProgressed, Progress
from infra.decision import Outcomes, Row, Rows

MOST_STEPS = 64
FINAL = frozenset({"succeeded", "failed"})


@dataclass(frozen=True, slots=True)
class Operation(Row):
    """One accepted request. `ids` are what it will create, `outcome` is the event that closed it."""

    operation_id: UUID
    principal: str
    command: str
    ids: dict[str, str]
    links: dict[str, str]
    status: str
    steps: list[dict[str, Any]]
    reason: str
    outcome: dict[str, Any] | None
    created_at: datetime
    updated_at: datetime

    @property
    def closed(self) -> bool:
        return self.status in FINAL


def progressed(bundle: OperationProgressed, rows: Rows, now: datetime) -> Outcomes:
    """Steps are noted in the order in which they are heard of; a closed operation stays as it closed."""
    by_operation: dict[UUID, list[Progress]] = {}
    for item in bundle.items:
        by_operation.setdefault(UUID(item.operation_id), []).append(item)
    for identity, operation in rows.each(Operation, by_operation).items():
        items = by_operation[identity]
        yield replace(
            operation,
            steps=_with(operation.steps, items),
            status=operation.status if operation.closed else items[-1].status,
            updated_at=now,
        )


def closed(bundle: OperationClosed, rows: Rows, now: datetime) -> Outcomes:
    """The first outcome counts: a command delivered twice closes its operation twice."""
    by_operation: dict[UUID, Closing] = {}
    for item in bundle.items:
        by_operation.setdefault(UUID(item.operation_id), item)
    for identity, operation in rows.each(Operation, by_operation).items():
        if operation.closed:
            continue
        item = by_operation[identity]
        step = {"name": item.what, "status": item.status, "at": rfc3339(item.at)}
        yield replace(
            operation,
            status=item.status,
            steps=[*operation.steps, step][-MOST_STEPS:],
            reason=item.reason,
            outcome=without_seals(item.data),
            updated_at=now,
        )


def _with(steps: list[dict[str, Any]], items: Iterable[Progress]) -> list[dict[str, Any]]:
    new = [{"name": one.what, "subject": one.subject, "status": one.status, "at": rfc3339(one.at)} for one in items]
    return [*steps, *new][-MOST_STEPS:]


def rfc3339(at: datetime) -> str:
    """In UTC, as every time that leaves the edge."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def without_seals(value: Any) -> Any:
    """The same without what only one domain may open: ciphertext is of no use in an outcome."""
    if isinstance(value, dict):
        return {name: without_seals(inner) for name, inner in value.items() if not _sealed(inner)}
    if isinstance(value, list):
        return [without_seals(inner) for inner in value if not _sealed(inner)]
    return value


def _sealed(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"to", "box"}
