"""One connection of a domain for publishing. It is apart from the consuming one, which an alarm must not block."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import aio_pika
import aiormq
import aiormq.abc
from aio_pika.abc import AbstractRobustChannel, AbstractRobustConnection
from aiormq.abc import ChannelFrame
from pamqp.commands import Basic

from infra import frames
from infra.delivery import Delivery
from infra.wire import Wire

LARGEST_FRAME = 131_072
TIMEOUT = 10.0


class Publisher:
    """Confirms are on and what cannot be routed raises; the channel comes back by itself after a lost connection."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = url, name
        # The broker refuses a message whose user_id is not the connection's: whoever reads it knows who sent it.
        self.user = unquote(urlsplit(url).username or "guest")
        self._connection: AbstractRobustConnection | None = None
        self._channel: AbstractRobustChannel | None = None
        self._plain: aiormq.Channel | None = None
        self._wire: Wire | None = None
        self._lock = asyncio.Lock()

    async def channel(self) -> aiormq.abc.AbstractChannel:
        """The aiormq channel beneath. Raises OSError, TimeoutError or an AMQP error while the broker is away."""
        async with self._lock, asyncio.timeout(TIMEOUT):
            if self._channel is None or self._channel.is_closed:
                connection = await self._connected()
                with _away():
                    self._channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
            assert self._channel is not None
            with _away():
                return await self._channel.get_underlay_channel()

    async def wire(self) -> Wire:
        """The channel of the letters, which nobody else uses. Raises as `channel` does."""
        if self._wire is None or self._wire.is_closed:
            async with self._lock, asyncio.timeout(TIMEOUT):
                if self._wire is None or self._wire.is_closed:
                    self._wire = Wire(await self._opened(confirms=True), self.user)
        return self._wire

    async def _unconfirmed(self) -> aiormq.Channel:
        if self._plain is None or self._plain.is_closed:
            async with self._lock, asyncio.timeout(TIMEOUT):
                if self._plain is None or self._plain.is_closed:
                    self._plain = await self._opened(confirms=False)
        return self._plain

    async def _opened(self, *, confirms: bool) -> aiormq.Channel:
        """A channel of aiormq's own, which does not come back by itself: whoever finds it closed opens another."""
        transport = (await self._connected()).transport
        if transport is None:
            raise ConnectionError("the connection is being opened again")
        with _away():
            channel = await transport.connection.channel(publisher_confirms=confirms)
        assert isinstance(channel, aiormq.Channel)
        return channel

    async def _connected(self) -> AbstractRobustConnection:
        if self._connection is None:
            properties: Any = {"connection_name": f"{self.name} publish"}
            self._connection = await aio_pika.connect_robust(
                self.url, client_properties=properties, reconnect_interval=1, heartbeat=10, timeout=TIMEOUT
            )
        return self._connection

    async def publish(
        self, exchange: str, key: str, body: bytes, properties: Basic.Properties, *, mandatory: bool = False
    ) -> None:
        """One message, confirmed within 10 s; raises what `channel` raises, and DeliveryError or PublishError."""
        wire = await self.channel()
        async with asyncio.timeout(TIMEOUT):
            await wire.basic_publish(body, exchange=exchange, routing_key=key, properties=properties, mandatory=mandatory)

    async def send(
        self, exchange: str, key: str, body: bytes, *, kind: str, identity: str = "", correlation: str = "",
        headers: Mapping[str, Any] | None = None, reply_to: str = "", expiration: str = "",
    ) -> None:  # fmt: skip
        """One transient message, unconfirmed: for queries, answers and signs of life. Who misses one asks again."""
        plain = await self._unconfirmed()
        largest = plain.connection.connection_tune.frame_max or LARGEST_FRAME
        packed = frames.message(
            plain.number, largest, exchange, key, body, kind=kind, identity=identity, correlation=correlation,
            headers=headers, lasting=False, reply_to=reply_to, expiration=expiration,
        )  # fmt: skip
        frame = ChannelFrame(packed, should_close=False)
        if plain.write_queue.full():
            async with asyncio.timeout(TIMEOUT):
                await plain.write_queue.put(frame)
        else:
            plain.write_queue.put_nowait(frame)

    async def reply(self, address: str, correlation: str, body: bytes, kind: str = "answer") -> None:
        """An answer nobody waits for any more is dropped by the broker."""
        await self.send("replies", address, body, kind=kind, correlation=correlation)

    async def bury(self, delivery: Delivery, domain: str, reason: str, detail: str) -> None:
        headers: dict[str, Any] = {name: value for name, value in delivery.headers.items() if not name.startswith("x-")}
        headers |= {"reason": reason, "detail": detail[:500], "buried-from": delivery.key}
        properties = Basic.Properties(
            message_id=delivery.identity or None,
            message_type=delivery.kind or None,
            correlation_id=delivery.correlation or None,
            content_type=delivery.content_type or None,
            reply_to=delivery.reply_to or None,
            delivery_mode=2,
            headers=headers,
        )
        await self.publish("dead-letters", domain, delivery.body, properties, mandatory=True)

    async def renew(self) -> None:
        """Leave the wire whose answers are unknown: a late return must not be taken for the answer to a repetition."""
        wire, self._wire = self._wire, None
        if wire is not None and not wire.is_closed:
            with contextlib.suppress(OSError, RuntimeError, aiormq.AMQPError, aio_pika.exceptions.AMQPError):
                async with asyncio.timeout(TIMEOUT):
                    await wire.channel.close()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


@contextlib.contextmanager
def _away() -> Iterator[None]:
    """aio-pika reports a connection or channel that is being opened again as a RuntimeError."""
    try:
        yield
    except RuntimeError as error:
        raise ConnectionError(str(error)) from None
