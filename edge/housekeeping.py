"""Forgets what has been kept long enough, a little at a time."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from edge.idempotency import KEPT
from infra.database import Pool

OPERATIONS_KEPT = timedelta(days=30)
EVERY = 600.0
AT_ONCE = 5_000

KEYS = """
    DELETE FROM request WHERE ctid = ANY(ARRAY(SELECT ctid FROM request WHERE at < now() - $1::interval LIMIT $2))
"""
OPERATIONS = """
    DELETE FROM operation WHERE operation_id = ANY(ARRAY(
        SELECT operation_id FROM operation
        WHERE created_at < now() - $1::interval AND status IN ('succeeded', 'failed') LIMIT $2
    ))
"""
TICKETS = """
    DELETE FROM socket_ticket WHERE digest = ANY(ARRAY(SELECT digest FROM socket_ticket WHERE expires_at < now() LIMIT $1))
"""

log = logging.getLogger(__name__)


async def run(pool: Pool) -> None:
    """Keys go before the operations they lead to, so a key never leads nowhere."""
    while True:
        try:
            await pool.execute(KEYS, KEPT, AT_ONCE)
            await pool.execute(OPERATIONS, OPERATIONS_KEPT, AT_ONCE)
            await pool.execute(TICKETS, AT_ONCE)
        except Exception as error:
            log.warning("housekeeping: %s", type(error).__name__)
        await asyncio.sleep(EVERY)
