"""Operations as the caller reads them, and where they are read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from edge.languages import Language
from edge.problems import Refused
from edge.rules import Operation, rfc3339
from infra.database import Pool

COLUMNS = ", ".join(Operation.__match_args__)
READ = f"SELECT {COLUMNS} FROM operation WHERE operation_id = $1"
READ_ALL = f"SELECT {COLUMNS} FROM operation WHERE operation_id = ANY($1::uuid[])"

RESERVED = frozenset({"type", "title", "status", "detail", "instance", "reason", "operation_id", "errors"})


async def read(pool: Pool, identity: UUID) -> Operation | None:
    record = await pool.fetchrow(READ, identity)
    return Operation(*record) if record else None


async def read_all(pool: Pool, identities: Sequence[UUID]) -> list[Operation]:
    """Those that exist."""
    return [Operation(*record) for record in await pool.fetch(READ_ALL, identities)]


def address(identity: UUID) -> str:
    return f"/v1/operations/{identity}"


def links(operation: Operation) -> dict[str, str]:
    own = address(operation.operation_id)
    return {"self": own, "events": f"{own}/events", "timeline": f"{own}/timeline", **operation.links}


def accepted(operation: Operation) -> dict[str, Any]:
    """What the 202 says; the same for the first request and for each that repeats it."""
    return {
        "operation_id": str(operation.operation_id),
        "status": "pending",
        "links": links(operation),
        **operation.ids,
    }


def succeeded(operation: Operation) -> dict[str, Any]:
    """What the 200 says to a caller who waited."""
    return {
        "operation_id": str(operation.operation_id),
        "status": "succeeded",
        "result": result(operation),
        "links": links(operation),
        **operation.ids,
    }


def result(operation: Operation) -> Mapping[str, Any] | None:
    return {**operation.ids, **(operation.outcome or {})} if operation.status == "succeeded" else None


def refusal(operation: Operation) -> Refused:
    """The problem of a failed operation: its reason, and what it was about."""
    data = {name: value for name, value in (operation.outcome or {}).items() if name not in RESERVED}
    return Refused(operation.reason, {"operation_id": str(operation.operation_id), **operation.ids, **data})


def view(operation: Operation, language: Language) -> dict[str, Any]:
    own = address(operation.operation_id)
    return {
        "operation_id": str(operation.operation_id),
        "status": operation.status,
        "steps": operation.steps,
        "result": result(operation),
        "problem": refusal(operation).document(language, own) if operation.status == "failed" else None,
        "links": links(operation),
        "created_at": rfc3339(operation.created_at),
        "updated_at": rfc3339(operation.updated_at),
        **operation.ids,
    }
