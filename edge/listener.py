"""What every edge process hears for itself: what its sockets follow, what makes its caches stale, numbers, signs of life.

A queue of this process alone, gone with it. While it can't hear, nothing is cached.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import aio_pika
import orjson
from aio_pika.abc import AbstractIncomingMessage

from edge.caches import Caches
from edge.channels import Hub
from edge.live import Live
from edge.notices import Notices
from infra import ids, receiving
from infra.delivery import Delivery
from infra.topology import NOTICES

KEYS = ("order.*.v1", "heartbeat.beat.v1")
MOST_WAITING = 100_000

log = logging.getLogger(__name__)


class Listener:
    def __init__(self, url: str, caches: Caches, live: Live, hub: Hub, notices: Notices) -> None:
        self.url, self.caches, self.live, self.hub, self.notices = url, caches, live, hub, notices
        self.beats: dict[str, float] = {}
        self.since = time.monotonic()
        self.hears = self._heard = False

    def connected_for(self) -> float:
        """Seconds; 0 while the broker is away."""
        return time.monotonic() - self.since if self.hears else 0.0

    def absent(self, domain: str, seconds: float = 15.0) -> bool:
        """No sign of life for that long, as far as this process can tell: it must have been able to hear one."""
        return self.hears and time.monotonic() - max(self.since, self.beats.get(domain, 0.0)) > seconds

    async def run(self) -> None:
        """Until cancelled; comes back by itself."""
        while True:
            try:
                await self._listen()
            except (OSError, TimeoutError, aio_pika.exceptions.AMQPError) as error:
                log.warning("listener: %s; again in 1 s", type(error).__name__)
            finally:
                self.hears = False
                self.caches.hearing(False)
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        properties: Any = {"connection_name": "edge listener"}
        connection = await aio_pika.connect(self.url, client_properties=properties, heartbeat=10, timeout=10)
        async with connection:
            channel = await connection.channel(publisher_confirms=False)
            name = f"edge.listener.{ids.root()}"
            queue = await channel.declare_queue(name, exclusive=True, auto_delete=True, arguments={"x-max-length": MOST_WAITING})
            for key in (*KEYS, *sorted(self.hub.topics | self.caches.topics)):
                await queue.bind("events", key)
            await queue.bind(NOTICES)
            closed = asyncio.Event()
            channel.close_callbacks.add(lambda *_: closed.set())
            await queue.consume(self._hear, no_ack=True)
            await receiving.lay(channel, self._take)
            self.since = time.monotonic()
            self.hears = True
            self.caches.hearing(True)
            self.hub.interrupted()
            self.notices.interrupted()
            if self._heard:
                self.live.interrupted()
            self._heard = True
            await closed.wait()

    async def _hear(self, message: AbstractIncomingMessage) -> None:
        """What comes before the shortcut stands."""
        self._take(Delivery.of_message(message))

    def _take(self, delivery: Delivery) -> None:
        try:
            if delivery.exchange == NOTICES:
                self.notices.heard(delivery.body)
                return
            data: dict[str, Any] = orjson.loads(delivery.body)
            self.take(delivery.key, data, int(str(delivery.headers.get("sequence") or 0)))
        except (ValueError, TypeError, AttributeError, KeyError):
            log.warning("listener: %s cannot be read", delivery.key)

    def take(self, topic: str, data: dict[str, Any], sequence: int = 0) -> None:
        self.caches.heard(topic, data)
        if topic in self.hub.topics:
            self.hub.heard(topic, data, sequence)
        if topic == "heartbeat.beat.v1":
            self.beats[str(data.get("domain", ""))] = time.monotonic()
        elif topic.startswith("order."):
            self.live.heard(topic, data)
