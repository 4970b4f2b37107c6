"""A short way for deliveries: from the connection's reader into the lane, without a task or a pass through FastStream for each.

FastStream and aio-pika open the channel, consume, and open it again; they also take what arrives before this stands. On its
way through them a message costs a turn of the channel's reader for each of its three frames, two tasks, three objects
and a stack of contexts: more than deciding it does. aiormq is pinned, and `frames` is a public attribute of its channels.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, TypeAlias

import aiormq
from aio_pika.abc import AbstractChannel, AbstractRobustChannel
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from infra.delivery import Delivery

SOON = 1.0

Feed: TypeAlias = Callable[[Delivery], None]
"""Called in the event loop, in the order of the deliveries; it must neither wait nor raise."""


class Shortcut:
    """Stands where a channel keeps its frames: deliveries go to `feed`, all other frames to the channel as before."""

    def __init__(self, channel: aiormq.Channel, feed: Feed) -> None:
        self.channel, self.feed = channel, feed
        self._frames = channel.frames
        self._deliver: Basic.Deliver | None = None
        self._header: ContentHeader | None = None
        self._pieces: list[bytes] = []
        self._missing = 0

    async def put(self, item: tuple[int, Any]) -> None:
        """Called by the connection for each frame. The header and the body of a delivery follow it at once."""
        frame = item[1]
        if type(frame) is Basic.Deliver:
            self._deliver = frame
        elif self._deliver is None or not isinstance(frame, ContentHeader | ContentBody):
            await self._frames.put(item)
        else:
            self._continue(frame)

    def _continue(self, frame: ContentHeader | ContentBody) -> None:
        if isinstance(frame, ContentHeader):
            self._header, self._missing = frame, frame.body_size
        else:
            self._pieces.append(frame.value)
            self._missing -= len(frame)
        if self._missing > 0:
            return
        deliver, header, body = self._deliver, self._header, b"".join(self._pieces)
        self._deliver, self._header, self._pieces = None, None, []
        assert deliver is not None and header is not None
        self.feed(Delivery.of(self.channel, deliver, header, body))

    async def get(self) -> tuple[int, Any]:
        """For the channel's own reader."""
        item: tuple[int, Any] = await self._frames.get()
        return item

    def task_done(self) -> None:
        self._frames.task_done()


async def lay(channel: AbstractChannel, feed: Feed) -> None:
    """Whatever is delivered on this channel comes to `feed` from now on. Waits for a channel that is being opened again."""
    beneath: Any = await channel.get_underlay_channel()
    if not isinstance(beneath.frames, Shortcut):
        beneath.frames = Shortcut(beneath, feed)


async def keep(channel: AbstractRobustChannel, feed: Feed) -> None:
    """As `lay`, and once more each time the channel has been opened again."""
    channel.reopen_callbacks.add(lambda *_: lay(channel, feed))
    # For a channel that is away just now, the opening does it.
    with contextlib.suppress(TimeoutError, OSError, RuntimeError, aiormq.AMQPError):
        async with asyncio.timeout(SOON):
            await lay(channel, feed)
