"""M: messages nobody should send: unreadable, incompatible, doubled, too many."""

from __future__ import annotations

import asyncio
import json
import random

import aio_pika
import asyncpg
from aio_pika import DeliveryMode

from infra import ids
from infra.accounts_broker import OPERATOR
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


@scenario("M4", "what is sent to order and payment in 1.5 s comes later, in any order", seconds=16, recovery=90)
async def shuffled(world: World, chance: random.Random) -> None:
    moved = 0
    for _ in range(4):
        await asyncio.sleep(1.5)
        for queue in ("order", "payment"):
            moved += await _shuffle(world, queue, chance)
    world.history.fault(f"{moved} letters in another order")
    if moved == 0:
        raise RuntimeError("nothing was sent meanwhile")


async def _shuffle(world: World, queue: str, chance: random.Random) -> int:
    """Its letters go to a queue beside it for a while; those that come straight again overtake them all."""
    bindings = await world.management("GET", f"queues/{{vhost}}/{queue}/bindings")
    roads = [(one["source"], one["routing_key"]) for one in bindings if one["source"] in ("commands", "events")]
    async with await aio_pika.connect(_operator(world), timeout=10) as connection:
        channel = await connection.channel(on_return_raises=True)
        lane = await channel.get_queue(queue, ensure=False)
        aside = await channel.declare_queue(f"{queue}.aside", durable=True, timeout=10)
        for begins, ends in ((aside, lane), (lane, aside)):
            for exchange, key in roads:
                await begins.bind(exchange, key, timeout=10)
            for exchange, key in roads:
                await ends.unbind(exchange, key, timeout=10)
            if begins is aside:
                await asyncio.sleep(1.5)
        held: list[aio_pika.abc.AbstractIncomingMessage] = []
        while letter := await aside.get(fail=False, timeout=10):
            held.append(letter)
        for letter in chance.sample(held, len(held)):
            await channel.default_exchange.publish(_again(letter), queue, timeout=10)
        await aside.delete(if_empty=False, timeout=10)
    return len(held)


def _again(letter: aio_pika.abc.AbstractIncomingMessage) -> aio_pika.Message:
    """As it came, but for the user: that is the operator now."""
    same = {"message_id": letter.message_id, "headers": letter.headers, "correlation_id": letter.correlation_id}
    return _letter(letter.body, letter.type or "", timestamp=letter.timestamp, reply_to=letter.reply_to, **same)


def _operator(world: World) -> str:
    return credentials(world.shop.settings, OPERATOR).amqp_url


@scenario("M7", "20 messages of 2 MB lie between the good ones")
async def oversize(world: World, chance: random.Random) -> None:
    topic = "payment.charge-payment.v1"
    body = json.dumps({"charge_id": "x" * 2_000_000}).encode()
    async with await _administrators(world) as connection:
        channel = await connection.channel(on_return_raises=True)
        exchange = await channel.get_exchange("commands", ensure=False)
        for n in range(20):
            headers = {"subject": f"large-{n}", "partition-key": f"large-{n}"}
            await exchange.publish(_letter(body, topic, headers=headers), topic, timeout=10)
            await asyncio.sleep(0.4)
    world.history.fault("20 messages of 2 MB")


@scenario("M5b", "a burst: 10,000 requests in 10 s", rate=1_000, seconds=10, recovery=300)
async def flood(world: World, chance: random.Random) -> None:
    world.history.fault("1,000 arrivals a second")
    await asyncio.sleep(10)


@scenario("M5", "a burst: 900 requests in 3 s", rate=300, seconds=3, recovery=120)
async def burst(world: World, chance: random.Random) -> None:
    world.history.fault(f"{load.PRODUCTS} products, {load.CUSTOMERS} customers, 300 arrivals a second")
    await asyncio.sleep(3)
