"""Messages that failed wait here for their next attempt: delayed retry, dead letter and order-preserving replay in one.

TTL queues would let later messages of the key overtake, fan a retry out to every group, and be a second write that
can fail alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from infra.clock import utcnow
from infra.database import Connection

# A message that comes again after it was parked (a replay from elsewhere) keeps its place in the row.
PARK = """
    INSERT INTO parked (id, lane, key, topic, headers, body, status, attempts, due, reason, detail)
    SELECT id, $1, key, topic, headers, body, status, attempts, due, reason, detail
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::text[], $7::text[], $8::int[], $9::timestamptz[],
        $10::text[], $11::text[]) AS new(id, key, topic, headers, body, status, attempts, due, reason, detail)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, attempts = excluded.attempts, due = excluded.due,
        reason = excluded.reason, detail = excluded.detail
"""

# Each message that is due, and of its key the ones behind it, so that all of them go in one batch and in order.
DUE = """
    WITH head AS (
        SELECT id, key, place FROM parked WHERE lane = $1 AND status = 'waiting' AND due <= now() ORDER BY due LIMIT $2
    )
    SELECT p.id, p.topic, p.headers, p.body, p.attempts FROM head JOIN parked AS p ON p.id = head.id
        OR (p.lane = $1 AND p.key = head.key AND p.status = 'behind' AND p.place > head.place)
    ORDER BY p.place LIMIT $2
"""


RELEASE = """
    UPDATE parked SET status = 'waiting', due = now() WHERE place IN (
        SELECT min(place) FROM parked WHERE lane = $1 AND key = ANY($2::text[]) AND status <> 'dead' GROUP BY key
    ) AND status = 'behind'
"""

LEAVE = "DELETE FROM parked WHERE id = ANY($1::uuid[])"
COUNT = "SELECT status, count(*) FROM parked GROUP BY status"
HEADS = "SELECT DISTINCT ON (key) key, id FROM parked WHERE lane = $1 AND status <> 'dead' ORDER BY key, place"


@dataclass(frozen=True, slots=True)
class Parking:
    """One failed message with the schedule of its next attempt. `detail` shows a type and a place, never content."""

    id: UUID
    key: str
    topic: str
    headers: dict[str, Any]
    body: str
    status: str
    attempts: int
    due: datetime
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Return:
    id: UUID
    topic: str
    headers: dict[str, Any]
    body: str
    attempts: int


def schedule(attempts: int, delays: Sequence[float], now: datetime) -> tuple[str, datetime]:
    """After the n-th failed attempt: when the next one is, or that there is none."""
    if attempts > len(delays):
        return "dead", now
    return "waiting", now + timedelta(seconds=delays[attempts - 1])


async def park(connection: Connection, lane: int, parkings: Sequence[Parking]) -> None:
    """In arrival order, which is the order in which the messages of a key come back; only the lane's owner writes."""
    if parkings:
        names = Parking.__match_args__
        await connection.execute(PARK, lane, *([getattr(one, name) for one in parkings] for name in names))


async def shelve(
    connection: Connection, lane: int, identity: UUID, topic: str, headers: dict[str, Any], body: str, reason: str
) -> None:
    """Dead without having been decided."""
    key = str(headers.get("partition-key", ""))
    now = utcnow()
    await park(connection, lane, [Parking(identity, key, topic, headers, body, "dead", 1, now, reason, "")])


async def due(connection: Connection, lane: int, limit: int) -> list[Return]:
    return [Return(*record) for record in await connection.fetch(DUE, lane, limit)]


async def leave(connection: Connection, ids: Sequence[UUID]) -> None:
    """They were settled."""
    if ids:
        await connection.execute(LEAVE, sorted(ids))


async def release(connection: Connection, lane: int, keys: Collection[str]) -> None:
    """Nothing fails any more before these keys' messages, so the first of them may come."""
    if keys:
        await connection.execute(RELEASE, lane, sorted(keys))


async def heads(connection: Connection, lane: int) -> dict[str, UUID]:
    """Keys whose later messages have to queue, and which message of each is the next."""
    return {record[0]: record[1] for record in await connection.fetch(HEADS, lane)}
