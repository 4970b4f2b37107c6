"""Which messages were settled, and what was answered. Written with the state, in the same transaction.

It is read first and written last: a message that fails leaves no row and is free to come again. Two copies at two
workers at once meet on the primary key: the later one breaks, runs again and finds the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

import asyncpg

from infra.database import Connection
from infra.errors import Fenced
from infra.writing import Executing

# One statement for both, because each round trip counts. The bounds beside ANY let PostgreSQL skip other days.
READ = """
    WITH fence AS MATERIALIZED (SELECT epoch FROM lane WHERE number = $1 FOR SHARE)
    SELECT fence.epoch, seen.id, seen.digest, seen.answer, false FROM fence
    LEFT JOIN inbox AS seen ON seen.id = ANY($2::uuid[]) AND seen.id >= $3 AND seen.id <= $4
    UNION ALL SELECT fence.epoch, parked.id, NULL, NULL, true FROM fence JOIN parked ON parked.id = ANY($2::uuid[])
"""

FENCED, BEFORE = "HK001", "HK002"
"""What the function `enter` of the kernel's migrations breaks a transaction with."""

REMEMBER = "INSERT INTO inbox (id, digest, answer) SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[])"


Settled: TypeAlias = tuple[UUID, bytes, str | None]
"""Id, digest, and the answer where somebody waits for one."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`parked`: it failed and waits for another attempt, so a copy of it changes nothing."""

    digest: bytes | None
    answer: str | None
    parked: bool


@asynccontextmanager
async def entered(connection: Connection, lane: int, epoch: int, ids: Sequence[UUID]) -> AsyncIterator[dict[UUID, Seen]]:
    """A transaction of the lane's owner, with what of these messages was settled before. Raises Fenced.

    It begins, holds the lane and looks for them in one round trip; only when one was here before are there more.
    """
    listed = ",".join(map(str, ids))
    enter = f"SELECT enter({lane:d}, {epoch:d}, '{{{listed}}}', '{min(ids)}', '{max(ids)}')"
    try:
        try:
            await connection.execute(f"BEGIN; {enter}")
            seen = {}
        except asyncpg.PostgresError as error:
            if error.sqlstate == FENCED:
                raise Fenced from None
            if error.sqlstate != BEFORE:
                raise
            await connection.execute("ROLLBACK; BEGIN")
            seen = await read(connection, lane, epoch, ids)
        yield seen
        await connection.execute("COMMIT")
    except BaseException:
        if connection.is_in_transaction():
            await _roll_back(connection)
        raise


async def _roll_back(connection: Connection) -> None:
    """A connection that cannot even do that is given up, and its transaction with it."""
    try:
        await connection.execute("ROLLBACK")
    except Exception:
        connection.terminate()


async def read(connection: Connection, lane: int, epoch: int, ids: Sequence[UUID]) -> dict[UUID, Seen]:
    """What of these was settled before. Raises Fenced when the lane has another owner by now."""
    records = await connection.fetch(READ, lane, ids, min(ids), max(ids))
    if not records or records[0][0] != epoch:
        raise Fenced
    return {record[1]: Seen(*record[2:]) for record in records if record[1] is not None}


async def remember(writing: Executing, rows: Sequence[Settled]) -> None:
    """Sorted by id, for unsorted inserts of several writers deadlock."""
    if rows:
        ordered = sorted(rows, key=lambda row: row[0])
        await writing.execute(REMEMBER, *(list(column) for column in zip(*ordered, strict=True)))
