"""Listens to the heartbeats of the domains: only a lane itself knows how long its first message has been waiting.

The broker cannot be asked: a quorum queue with a single active consumer shows nobody else its messages.
"""

from __future__ import annotations

import time

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

from contracts.heartbeat import DomainBeat
from infra.topology import EVENTS

STALE = 15.0
"""Seconds after which a heartbeat says nothing any more."""


class Beats:
    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: AbstractConnection | None = None
        self._heard: dict[str, tuple[float, float]] = {}

    async def start(self) -> None:
        """A broker that is away is no error: then nothing is known."""
        try:
            self._connection = await aio_pika.connect(self.url, timeout=5)
            channel = await self._connection.channel()
            queue = await channel.declare_queue("", exclusive=True, auto_delete=True, timeout=5)
            await queue.bind(EVENTS, DomainBeat.topic, timeout=5)
            await queue.consume(self._take, no_ack=True, timeout=5)
        except (AMQPError, OSError, TimeoutError):
            return

    def oldest(self, queue: str) -> float | None:
        """Seconds, of the domain whose lane this is; None when no heartbeat came lately, or it is no lane."""
        domain, _, rest = queue.partition(".")
        heard, oldest = self._heard.get(domain, (0.0, 0.0))
        if (rest and not rest.isdigit()) or time.monotonic() - heard > STALE:
            return None
        return oldest

    async def _take(self, message: AbstractIncomingMessage) -> None:
        beat = DomainBeat.model_validate_json(message.body)
        self._heard[beat.domain] = (time.monotonic(), beat.oldest_seconds)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
