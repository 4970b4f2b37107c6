"""How many messages wait in each lane, asked of the broker itself: a passive declaration answers with the count."""

from __future__ import annotations

from collections.abc import Sequence

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import ChannelClosed
from prometheus_client import Gauge

waiting = Gauge("hikyaku_lane_waiting", "Messages that wait in the queue of a lane.", ["lane"])


class Depths:
    """One connection of its own, made when it is first needed. A queue that is missing is left out."""

    def __init__(self, url: str, queues: Sequence[str]) -> None:
        self.url, self.queues = url, queues
        self.last: dict[str, int] = {}
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None

    async def read(self) -> dict[str, int]:
        """Raises OSError, TimeoutError or an AMQP error while the broker is away."""
        found: dict[str, int] = {}
        for name in self.queues:
            try:
                channel = await self._open()
                queue = await channel.declare_queue(name, passive=True, timeout=5)
            except ChannelClosed:
                continue
            except RuntimeError as error:
                # aio-pika does not call a connection closed that the broker has ended; the next reading opens another.
                self._connection = None
                raise ConnectionError(str(error)) from None
            found[name] = queue.declaration_result.message_count or 0
            waiting.labels(name).set(found[name])
        self.last = found
        return found

    async def _open(self) -> AbstractChannel:
        if self._connection is None or self._connection.is_closed:
            self._connection = await aio_pika.connect(self.url, heartbeat=10, timeout=5)
            self._channel = None
        if self._channel is None or self._channel.is_closed:
            self._channel = await self._connection.channel(publisher_confirms=False)
        return self._channel

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
