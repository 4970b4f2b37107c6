"""M: messages nobody should send: unreadable, incompatible, doubled, too many."""

from __future__ import annotations

import asyncio
import json
import random

import aio_pika
import asyncpg
from aio_pika import DeliveryMode

from infra import ids
from infra.provision import credentials
from tests.chaos import load
from tests.chaos.scenario import scenario
from tests.chaos.world import World


async def _administrators(world: World) -> aio_pika.abc.AbstractConnection:
    """To the shop's vhost, past the proxy's tricks only if there are none just now."""
    url = credentials(world.shop.settings, "order").amqp_url
    return await aio_pika.connect(url, timeout=10)


def _letter(body: bytes, topic: str, **more: object) -> aio_pika.Message:
    settings: dict[str, object] = {"message_id": str(ids.root()), "type": topic, "content_type": "application/json", **more}
    return aio_pika.Message(body, delivery_mode=DeliveryMode.PERSISTENT, **settings)  # type: ignore[arg-type]


@scenario("M2", "60 messages that cannot be read lie between the good ones")
async def unreadable(world: World, chance: random.Random) -> None:
    topic = "payment.charge-payment.v1"
    bodies = (b"{", b"\xff\xfe", b'{"charge_id": 5}', b"[]", b'{"unknown": "field"}', b"")
    async with await _administrators(world) as connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange("commands", ensure=False)
        for n in range(60):
            headers = {"subject": f"bad-{n}", "partition-key": f"bad-{n}"}
            await exchange.publish(_letter(bodies[n % len(bodies)], topic, headers=headers), topic, timeout=10)
            await asyncio.sleep(0.1)
    world.history.fault("60 unreadable messages")


@scenario("M3", "everything that was sent in the last seconds is sent again, three times")
async def doubled(world: World, chance: random.Random) -> None:
    await asyncio.sleep(6)
    world.history.fault("up to 500 letters of three domains, three times")
    for _ in range(3):
        await _replay(world)
        await asyncio.sleep(1)


async def _replay(world: World) -> None:
    """Every letter of order's and payment's outboxes once more, as their relays would send it."""
    for domain in ("order", "payment", "inventory"):
        access = credentials(world.shop.settings, domain)
        database = await asyncpg.connect(access.owner_dsn)
        letters = await database.fetch(
            "SELECT id, exchange, topic, headers, body FROM outbox ORDER BY bundle, position LIMIT 500"
        )
        await database.close()
        async with await aio_pika.connect(access.amqp_url, timeout=10) as connection:
            channel = await connection.channel(on_return_raises=True)
            for one in letters:
                exchange = await channel.get_exchange(one["exchange"], ensure=False)
                again = _letter(one["body"].encode(), one["topic"], message_id=str(one["id"]), headers=json.loads(one["headers"]))
                await exchange.publish(again, one["topic"], mandatory=False, timeout=10)


@scenario("M5", "a burst: 900 requests in 3 s", rate=300, seconds=3, recovery=120)
async def burst(world: World, chance: random.Random) -> None:
    world.history.fault(f"{load.PRODUCTS} products, {load.CUSTOMERS} customers, 300 arrivals a second")
    await asyncio.sleep(3)
