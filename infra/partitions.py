"""Daily partitions of inbox and outbox: made ahead, dropped when their day is over and nothing points into them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from infra import ids
from infra.clock import utcnow
from infra.database import Connection

AHEAD = 3


async def keep(connection: Connection, retention_days: int) -> None:
    """Run as the owner of the tables, at every start and once an hour; cheap when there is nothing to do."""
    today = utcnow().replace(hour=0, minute=0, second=0, microsecond=0)
    for offset in range(-retention_days - 1, AHEAD + 1):
        start = today + timedelta(days=offset)
        low, high = ids.day_start(start), ids.day_start(start + timedelta(days=1))
        for table in ("inbox", "outbox"):
            await connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table}_{start:%Y%m%d} PARTITION OF {table} FOR VALUES FROM ('{low}') TO ('{high}')"
            )
    await _drop_old(connection, today - timedelta(days=retention_days + 1))
    # A dead letter that outlives the inbox could count twice when it is replayed.
    gone = "DELETE FROM parked WHERE status = 'dead' AND parked_at < now() - make_interval(days => $1)"
    await connection.execute(gone, retention_days)


async def _drop_old(connection: Connection, before: datetime) -> None:
    query = """
        SELECT inhparent::regclass::text, inhrelid::regclass::text FROM pg_inherits
        WHERE inhparent IN ('inbox'::regclass, 'outbox'::regclass)
    """
    for parent, child in await connection.fetch(query):
        day = datetime.strptime(child.rsplit("_", 1)[1], "%Y%m%d").replace(tzinfo=UTC)
        if day >= before:
            continue
        last = ids.day_start(day + timedelta(days=1))
        if parent == "outbox" and await connection.fetchval("SELECT EXISTS (SELECT FROM pending WHERE bundle < $1)", last):
            continue
        await connection.execute(f"DROP TABLE {child}")
