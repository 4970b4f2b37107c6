"""A commit whose answer never comes: nobody knows whether it happened, and nothing is lost or told out of order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import aio_pika
import pytest
from yarl import URL

from infra import relay
from tests.chaos.frames import CommitWatch
from tests.chaos.proxy import Proxy
from tests.infra.harness import Add, World, toy, world
from tests.servers import Servers


class Doubtful:
    """A database behind a proxy that takes the answers of the next `left` commits away."""

    def __init__(self, here: World, proxy: Proxy) -> None:
        self.here, self.left, self.cut = here, 0, 0
        proxy.watch = lambda: CommitWatch(self._chosen)

    def _chosen(self) -> bool:
        if self.left == 0:
            return False
        self.left -= 1
        self.cut += 1
        return True


@pytest.fixture
async def doubtful(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Doubtful]:
    async with world(servers, toy()) as here:
        proxy = Proxy(int(URL(here.dsn).port or 0))
        here.dsn = str(URL(here.dsn).with_host("127.0.0.1").with_port(await proxy.start()))
        yield Doubtful(here, proxy)
        await proxy.stop()


async def values(here: World, count: int) -> list[int]:
    """What the counter's events say, in the order in which they arrive."""
    connection = await aio_pika.connect(here.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("heard")
        heard: dict[str, int] = {}
        async with asyncio.timeout(15), queue.iterator(no_ack=True) as messages:
            async for message in messages:
                heard.setdefault(str(message.message_id), json.loads(message.body)["value"])
                if len(heard) == count:
                    return list(heard.values())
    return []


async def listen(here: World) -> None:
    connection = await aio_pika.connect(here.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("heard")
        await queue.bind("events", "toy.added.v1")


async def test_what_an_unanswered_commit_left_is_published_before_anything_newer(
    doubtful: Doubtful, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "SWEEP", 3600.0)  # The lane itself has to find it, not the relay's look around.
    here = doubtful.here
    await listen(here)
    member = here.member()
    await member.start()
    try:
        for n in range(12):
            doubtful.left = 1 if n in (2, 3, 7) else 0
            await here.send(Add(name="a", amount=1))
            await here.until("SELECT coalesce(sum(value), 0)::int FROM counter", n + 1)
        assert await values(here, 12) == list(range(1, 13))
        assert doubtful.cut == 3
        await here.until("SELECT count(*) FROM pending", 0)
    finally:
        await member.drain(10)
