"""Durable timers: set and cancelled with the state, fired by database time into the lane that set them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from infra import letter as letters
from infra.batch import Timer
from infra.database import Connection
from infra.envelope import Envelope
from infra.writing import Executing

SET = """
    INSERT INTO timer (topic, subject, id, lane, due, headers, body)
    SELECT topic, subject, id, $1, due, headers, body
    FROM unnest($2::text[], $3::text[], $4::uuid[], $5::timestamptz[], $6::jsonb[], $7::text[])
        AS new(topic, subject, id, due, headers, body)
    ON CONFLICT (topic, subject) DO UPDATE SET id = excluded.id, lane = excluded.lane, due = excluded.due,
        headers = excluded.headers, body = excluded.body
"""

CANCEL = """
    DELETE FROM timer USING unnest($1::text[], $2::text[]) AS gone(topic, subject)
    WHERE timer.topic = gone.topic AND timer.subject = gone.subject
"""

DUE = """
    SELECT id, topic, subject, headers, body, extract(epoch FROM now() - due)::float8 FROM timer
    WHERE lane = $1 AND due <= now() ORDER BY due LIMIT $2
"""

# The id is the version: a timer that was cancelled or moved meanwhile has another one, or is gone.
TAKE = """
    DELETE FROM timer USING unnest($1::text[], $2::text[], $3::uuid[]) AS rung(topic, subject, id)
    WHERE timer.topic = rung.topic AND timer.subject = rung.subject AND timer.id = rung.id RETURNING timer.id
"""


@dataclass(frozen=True, slots=True)
class Ring:
    """A timer that is due; `late` in seconds."""

    id: UUID
    topic: str
    subject: str
    headers: dict[str, Any]
    body: str
    late: float


async def due(connection: Connection, lane: int, limit: int) -> list[Ring]:
    return [Ring(*record) for record in await connection.fetch(DUE, lane, limit)]


async def take(connection: Connection, rings: Iterable[tuple[str, str, UUID]]) -> set[UUID]:
    """Those that still are what they were when they fell due; they are gone with this transaction."""
    columns = zip(*sorted(rings), strict=True)
    return {record[0] for record in await connection.fetch(TAKE, *map(list, columns))}


async def save(writing: Executing, lane: int, started: Iterable[Envelope], cancelled: Iterable[Timer]) -> None:
    if gone := sorted(cancelled):
        await writing.execute(CANCEL, *map(list, zip(*gone, strict=True)))
    rows: Sequence[tuple[Any, ...]] = sorted(
        (
            (one.message.topic, one.message.subject, one.id, one.due, letter.headers, letter.body)
            for one, letter in ((one, letters.write(one)) for one in started)
        ),
        key=lambda row: row[:2],
    )
    if rows:
        await writing.execute(SET, lane, *map(list, zip(*rows, strict=True)))
