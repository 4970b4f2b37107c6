"""Who may commit for a lane. The lane's row holds an epoch; a transaction that finds another one writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from infra import outbox, parked
from infra.database import Pool
from infra.outbox import Bundle

CLAIM = """
    UPDATE lane SET epoch = epoch + 1, owner = $2, beat = now()
    WHERE number = $1 AND ($3 OR owner IS NULL OR owner = $2 OR beat < now() - interval '10 s') RETURNING epoch
"""
ENROL = "INSERT INTO lane (number) VALUES ($1) ON CONFLICT DO NOTHING"
BEAT = "UPDATE lane SET beat = now() WHERE number = $1 AND epoch = $2 RETURNING true"
RELEASE = "UPDATE lane SET owner = NULL, epoch = epoch + 1 WHERE number = $1 AND epoch = $2"
SUSPECT = """
    UPDATE lane SET suspicion = CASE WHEN suspect = $2 THEN suspicion + 1 ELSE 1 END, suspect = $2
    WHERE number = $1 RETURNING suspicion
"""
# The owners of one name are the processes that run the same group; jobs and edges have names of their own.
SHARES = """
    SELECT (SELECT count(*) FROM lane WHERE owner = $1), (
        SELECT min((SELECT count(*) FROM lane WHERE lane.owner = other.id)) FROM owner AS other
        WHERE other.id <> $1 AND other.name = $2 AND other.beat > now() - interval '10 s'
    )
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """`bundles` are the lane's that are not known to be sent: they go out first, which keeps each key's order.

    They are a former owner's, or one's own whose commit was never answered.
    """

    epoch: int
    held: dict[str, UUID]
    bundles: Sequence[Bundle]


async def claim(pool: Pool, lane: int, owner: UUID, *, by_force: bool) -> Claim | None:
    """None while another owner's lease, by database time, has not run out."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(ENROL, lane)
        epoch = await connection.fetchval(CLAIM, lane, owner, by_force)
        if epoch is None:
            return None
        adopted = [record[0] for record in await connection.fetch(outbox.ADOPT_LANE, owner, lane)]
        return Claim(epoch, await parked.heads(connection, lane), await outbox.read(connection, adopted))


async def beat(pool: Pool, lane: int, epoch: int) -> bool:
    """False when the lane has another owner by now."""
    return bool(await pool.fetchval(BEAT, lane, epoch))


async def should_give(pool: Pool, owner: UUID, name: str) -> bool:
    """Whether another living process has so few lanes that this one should let go of one of its own.

    The broker never rebalances: the process that came first would keep every lane.
    """
    record = await pool.fetchrow(SHARES, owner, name)
    return record is not None and record[1] is not None and record[0] - record[1] >= 2


async def release(pool: Pool, lane: int, epoch: int) -> None:
    """Nobody owns the lane now; whoever is given its messages, or looks first, takes it."""
    await pool.execute(RELEASE, lane, epoch)


async def suspect(pool: Pool, lane: int, message: UUID) -> int:
    """How often this message was the one that ran alone when the process died, this time included."""
    return int(await pool.fetchval(SUSPECT, lane, message))
