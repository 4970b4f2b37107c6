"""Kernel tasks are supervised: an exception is logged, counted and followed by a restart, never by silence."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from infra import metrics

log = logging.getLogger(__name__)


async def supervised(
    name: str, work: Callable[[], Awaitable[None]], repair: Callable[[BaseException], Awaitable[None]] | None = None
) -> None:
    """Runs `work` until it returns or is cancelled; after an exception repairs, pauses (0.1 to 5 s) and runs it again."""
    pause = 0.1
    while True:
        began = asyncio.get_running_loop().time()
        try:
            await work()
            return
        except Exception as error:
            metrics.restarts.labels(name).inc()
            log.exception("%s ended unexpectedly and starts again", name)
            if repair is not None:
                try:
                    await repair(error)
                except Exception:
                    log.exception("%s: the repair failed", name)
        if asyncio.get_running_loop().time() - began > 30:
            pause = 0.1
        await asyncio.sleep(pause)
        pause = min(pause * 2, 5.0)
