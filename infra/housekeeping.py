"""What must happen while nobody restarts anything: tomorrow's partitions are made, those past their retention dropped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import asyncpg

from infra import partitions
from infra.database import TRANSIENT
from infra.provision import credentials
from infra.settings import Settings

HOUR = 3600.0

log = logging.getLogger(__name__)


async def keep_partitions(domains: Sequence[str], settings: Settings) -> None:
    """Every hour, as the owner of the tables, until cancelled. Three days are ahead, so a missed hour costs nothing."""
    while True:
        for domain in domains:
            try:
                connection = await asyncpg.connect(credentials(settings, domain).owner_dsn, timeout=10)
                try:
                    await partitions.keep(connection, settings.retention_days)
                finally:
                    await connection.close()
            except (asyncpg.PostgresError, *TRANSIENT) as error:
                log.warning("%s: partitions were not kept: %s; again in an hour", domain, type(error).__name__)
        await asyncio.sleep(HOUR)
