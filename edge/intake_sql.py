"""The statements of the intake: each in bulk, each sorted by key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from edge.idempotency import Key
from edge.rules import Operation
from edge.views import COLUMNS
from infra.database import Connection
from infra.writing import Executing

REMEMBER = """
    INSERT INTO request (principal, route, key, fingerprint, operation_id)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bytea[], $5::uuid[])
    ON CONFLICT DO NOTHING RETURNING operation_id
"""

RECALL = f"""
    SELECT r.principal, r.route, r.key, r.fingerprint, {", ".join(f"o.{name}" for name in COLUMNS.split(", "))}
    FROM unnest($1::text[], $2::text[], $3::text[]) AS asked(principal, route, key)
    JOIN request r USING (principal, route, key) JOIN operation o USING (operation_id)
"""

OPEN = """
    INSERT INTO operation (operation_id, principal, command, ids, links, status, steps, reason, created_at, updated_at)
    SELECT id, principal, command, ids, links, 'pending', '[]', '', at, at
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::jsonb[], $6::timestamptz[])
        AS new(id, principal, command, ids, links, at)
"""

EXISTS = "SELECT count(*) FROM operation WHERE operation_id = ANY($1::uuid[])"


class First(NamedTuple):
    """The request that used a key first."""

    fingerprint: bytes
    operation: Operation


async def remember(connection: Connection, asked: Sequence[tuple[Key, Operation] | None]) -> dict[tuple[str, str, str], First]:
    """Who was first under each key: one of these requests, or one stored before. Waits for a rival's commit."""
    first: dict[tuple[str, str, str], First] = {}
    for one in asked:
        if one:
            key, operation = one
            first.setdefault(key[:3], First(key.fingerprint, operation))
    if not first:
        return first
    # Sorted, so that two processes which remember the same keys wait for each other in one direction only.
    keys = sorted(first)
    columns = list(map(list, zip(*keys, strict=True)))
    prints = [first[key].fingerprint for key in keys]
    ids = [first[key].operation.operation_id for key in keys]
    stored = {record[0] for record in await connection.fetch(REMEMBER, *columns, prints, ids)}
    if len(stored) < len(keys):
        for record in await connection.fetch(RECALL, *columns):
            place = (record[0], record[1], record[2])
            if first[place].operation.operation_id not in stored:
                first[place] = First(record[3], Operation(*record[4:]))
    return first


async def open_operations(writing: Executing, operations: Sequence[Operation]) -> None:
    ordered = sorted(operations, key=lambda one: one.operation_id)
    await writing.execute(
        OPEN,
        [one.operation_id for one in ordered],
        [one.principal for one in ordered],
        [one.command for one in ordered],
        [one.ids for one in ordered],
        [one.links for one in ordered],
        [one.created_at for one in ordered],
    )


async def exists(connection: Connection, ids: Sequence[UUID]) -> bool:
    """Whether the transaction that opened these operations was committed after all; True of none."""
    return not ids or await connection.fetchval(EXISTS, list(ids)) == len(ids)
