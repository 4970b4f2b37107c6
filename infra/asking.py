"""Asks the owner of a read model over the broker: many questions in flight, each with a deadline (X-9)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, AbstractRobustConnection

from contracts.message import Query
from infra import ids, receiving, unpacking
from infra.clock import utcnow
from infra.delivery import Delivery
from infra.errors import KernelError, Late, Overloaded
from infra.publisher import Publisher

MOST = 5_000
"""Questions in flight; more are refused at once."""


class Unanswered(KernelError):
    """The owner could not answer just now."""


class Asker:
    """`address` is a queue of this process alone; the domain answers to it through the exchange `replies`."""

    def __init__(self, url: str, publisher: Publisher, name: str = "edge") -> None:
        self.url, self.publisher, self.name = url, publisher, name
        self.address = f"{name}.replies.{ids.root()}"
        self._connection: AbstractRobustConnection | None = None
        self._waiting: dict[str, asyncio.Future[tuple[str, bytes]]] = {}

    async def start(self) -> None:
        unpacking.install()
        properties: Any = {"connection_name": f"{self.name} replies"}
        self._connection = await aio_pika.connect_robust(
            self.url, client_properties=properties, reconnect_interval=1, heartbeat=10, timeout=10
        )
        channel = await self._connection.channel(publisher_confirms=False)
        await channel.set_qos(prefetch_count=500)
        queue = await channel.declare_queue(self.address, exclusive=True, auto_delete=True)
        await queue.bind("replies", self.address)
        await queue.consume(self._hear, no_ack=True)
        await receiving.keep(channel, self._take)

    async def ask(self, query: Query, timeout: float = 10.0) -> bytes | None:
        """The answer's JSON, or None when there is no such thing.

        `timeout` in seconds. Raises Late when nobody answered in time, Unanswered when the owner could not,
        Overloaded beyond 5,000 questions in flight.
        """
        if len(self._waiting) >= MOST:
            raise Overloaded("too many questions are in flight")
        identity = str(ids.root())
        future: asyncio.Future[tuple[str, bytes]] = asyncio.get_running_loop().create_future()
        self._waiting[identity] = future
        try:
            async with asyncio.timeout(timeout):
                await self._send(identity, query, timeout)
                kind, body = await future
        except TimeoutError:
            raise Late(f"{query.topic} was not answered within {timeout:g} s") from None
        except (OSError, RuntimeError, aio_pika.exceptions.AMQPError):
            # aio-pika reports a channel that is gone or being opened again as a RuntimeError.
            raise Unanswered("the broker is away") from None
        finally:
            self._waiting.pop(identity, None)
        if kind == "answer":
            return body
        if kind == "absent":
            return None
        raise Unanswered(f"{query.topic} could not be answered")

    async def _send(self, identity: str, query: Query, timeout: float) -> None:
        await self.publisher.send(
            "queries", query.topic, query.model_dump_json().encode(),
            kind=query.topic, identity=identity, correlation=identity, reply_to=self.address,
            expiration=str(int(timeout * 1000)),
            headers={"deadline": (utcnow() + timedelta(seconds=timeout)).isoformat()},
        )  # fmt: skip

    async def _hear(self, message: AbstractIncomingMessage) -> None:
        self._take(Delivery.of_message(message))

    def _take(self, answer: Delivery) -> None:
        future = self._waiting.get(answer.correlation)
        if future is not None and not future.done():
            future.set_result((answer.kind, answer.body))

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
