"""Reads what happened out of the event store, page by page, for whoever makes a view of it anew."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from contracts.eventstore import EventsReplayed, ReplayEvents
from infra import ids
from infra.console import speaking
from infra.publisher import Publisher
from infra.rebuild import Pages
from infra.unavailable import Unavailable

PATIENCE = 15.0
"""Seconds for one page."""


@asynccontextmanager
async def replay(url: str, types: Sequence[str]) -> AsyncIterator[Pages]:
    """Pages of these types of events; `url` is the operator's. Raises Unavailable when the event store is silent."""
    arrived: asyncio.Queue[EventsReplayed] = asyncio.Queue()

    async def take(message: AbstractIncomingMessage) -> None:
        arrived.put_nowait(EventsReplayed.model_validate_json(message.body))

    async def page(publisher: Publisher, position: int) -> EventsReplayed:
        asked = ReplayEvents(replay_id=str(ids.root()), types=tuple(types), after_position=position)
        await speaking.command(publisher, asked)
        try:
            async with asyncio.timeout(PATIENCE):
                while (answer := await arrived.get()).replay_id != asked.replay_id:
                    pass
        except TimeoutError:
            raise Unavailable("The event store does not answer. Is it running?") from None
        return answer

    publisher = Publisher(url, "operator replay")
    connection = await aio_pika.connect(url, timeout=10)
    try:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True, auto_delete=True)
        await queue.bind("events", EventsReplayed.topic)
        await queue.consume(take, no_ack=True)

        async def pages(position: int) -> AsyncIterator[EventsReplayed]:
            while True:
                found = await page(publisher, position)
                yield found
                if found.last:
                    return
                position = found.next_position

        yield pages
    finally:
        await publisher.close()
        await connection.close()
