"""Taskiq on aio-pika: two processes, asyncpg, acknowledged when executed."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from functools import cache
from uuid import uuid4

import aio_pika
import asyncpg
from taskiq import TaskiqEvents, TaskiqState
from taskiq_aio_pika import AioPikaBroker, Exchange, Queue

from infra.bench.peers import COMMANDS, INBOX, LOCK, TOPIC, UPDATE
from infra.bench.toy import ROWS

broker = AioPikaBroker(
    os.environ["PEER_AMQP_URL"], qos=64, exchange=Exchange(name=COMMANDS),
    task_queues=[Queue(name=COMMANDS)], dead_letter_queue=Queue(name="peer.dead"),
)  # fmt: skip


@broker.on_event(TaskiqEvents.WORKER_STARTUP)  # type: ignore[untyped-decorator]
async def open_pool(state: TaskiqState) -> None:
    state.pool = await asyncpg.create_pool(os.environ["PEER_DSN"], min_size=8, max_size=8)


@cache
def events() -> asyncio.Future[aio_pika.abc.AbstractExchange]:
    """The channel is opened after the startup's own event."""
    assert broker.write_channel is not None
    found: asyncio.Future[aio_pika.abc.AbstractExchange]
    found = asyncio.ensure_future(broker.write_channel.get_exchange("events", ensure=False))
    return found


@broker.task(task_name="add")  # type: ignore[untyped-decorator]
async def add(identity: str, name: str, amount: int) -> None:
    state = broker.state
    async with state.pool.acquire() as connection, connection.transaction():
        if await connection.execute(INBOX.format(id="$1::text::uuid"), identity) == "INSERT 0 0":
            return
        value = await connection.fetchval(LOCK.format(name="$1"), name) + amount
        await connection.execute(UPDATE.format(value="$1", name="$2"), value, name)
    body = json.dumps({"name": name, "value": value}).encode()
    message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await (await events()).publish(message, TOPIC)


async def send(count: int) -> None:
    await broker.startup()
    for start in range(0, count, 500):
        some = range(min(500, count - start))
        await asyncio.gather(*(add.kiq(str(uuid4()), f"c{random.randrange(ROWS)}", 1) for _ in some))
    await broker.shutdown()


if __name__ == "__main__":
    asyncio.run(send(int(sys.argv[2])))
