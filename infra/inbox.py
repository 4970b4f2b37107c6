"""Which messages were settled, and what was answered. Written with the state, in the same transaction.

It is read first and written last: a message that fails leaves no row and is free to come again. Two copies at two
workers at once meet on the primary key: the later one breaks, runs again and finds the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from infra.database import Connection
from infra.errors import Fenced

# One statement for both, because each round trip counts. The bounds beside ANY let PostgreSQL skip other days.
READ = """
    WITH fence AS MATERIALIZED (SELECT epoch FROM lane WHERE number = $1 FOR SHARE)
    SELECT fence.epoch, seen.id, seen.digest, seen.answer, false FROM fence
    LEFT JOIN inbox AS seen ON seen.id = ANY($2::uuid[]) AND seen.id >= $3 AND seen.id <= $4
    UNION ALL SELECT fence.epoch, parked.id, NULL, NULL, true FROM fence JOIN parked ON parked.id = ANY($2::uuid[])
"""

REMEMBER = "INSERT INTO inbox (id, digest, answer) SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[])"


Settled: TypeAlias = tuple[UUID, bytes, str | None]
"""Id, digest, and the answer where somebody waits for one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`parked`: it failed and waits for another attempt, so a copy of it changes nothing."""

    digest: bytes | None
    answer: str | None
    parked: bool


async def read(connection: Connection, lane: int, epoch: int, ids: Sequence[UUID]) -> dict[UUID, Seen]:
    """What of these was settled before. Raises Fenced when the lane has another owner by now."""
    records = await connection.fetch(READ, lane, ids, min(ids), max(ids))
    if not records or records[0][0] != epoch:
        raise Fenced
    return {record[1]: Seen(*record[2:]) for record in records if record[1] is not None}


def columns(rows: Sequence[Settled]) -> tuple[list[UUID], list[bytes], list[str | None]]:
    """Sorted by id, for unsorted inserts of several writers deadlock."""
    ordered = sorted(rows, key=lambda row: row[0])
    return [row[0] for row in ordered], [row[1] for row in ordered], [row[2] for row in ordered]


async def remember(connection: Connection, rows: Sequence[Settled]) -> None:
    """For a transaction that sends nothing; `outbox.save` writes both."""
    if rows:
        await connection.execute(REMEMBER, *columns(rows))
