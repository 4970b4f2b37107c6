"""FastStream with a SQLAlchemy transaction for each message, its event through faststream-outbox."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from typing import Any
from uuid import uuid4

import aio_pika
import sqlalchemy as sa
import uvloop
from faststream import AckPolicy
from faststream.rabbit import Channel, ExchangeType, QueueType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream_outbox import OutboxBroker, make_outbox_table
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from infra.bench.peers import COMMANDS, INBOX, LOCK, TOPIC, UPDATE
from infra.bench.toy import ROWS

URL, DSN = os.environ["PEER_AMQP_URL"], os.environ["PEER_DSN"]
engine = create_async_engine(DSN.replace("postgresql://", "postgresql+asyncpg://", 1), pool_size=20)
sessions = async_sessionmaker(engine, expire_on_commit=False)
metadata = sa.MetaData()
table = make_outbox_table(metadata, table_name="peer_outbox")
rabbit = RabbitBroker(URL, logger=None)
outbox = OutboxBroker(engine, outbox_table=table, logger=None)
events = rabbit.publisher(
    routing_key=TOPIC, exchange=RabbitExchange("events", type=ExchangeType.TOPIC, declare=False), persist=True
)
commands = RabbitQueue(COMMANDS, queue_type=QueueType.QUORUM, durable=True)


@rabbit.subscriber(commands, channel=Channel(prefetch_count=64), ack_policy=AckPolicy.NACK_ON_ERROR)
async def add(command: dict[str, Any]) -> None:
    name = command["name"]
    async with sessions() as session, session.begin():
        taken = await session.execute(sa.text(INBOX.format(id=":id")), {"id": command["id"]})
        if not taken.rowcount:  # type: ignore[attr-defined]  # the result of an INSERT has it
            return
        value = (await session.execute(sa.text(LOCK.format(name=":name")), {"name": name})).scalar_one() + command["amount"]
        await session.execute(sa.text(UPDATE.format(value=":value", name=":name")), {"value": value, "name": name})
        await outbox.publish({"name": name, "value": value}, queue="events", session=session)


@events
@outbox.subscriber("events", max_workers=8)  # type: ignore[untyped-decorator]
async def relay(event: dict[str, Any]) -> dict[str, Any]:
    return event


async def work() -> None:
    await outbox.start()
    await rabbit.start()
    print("ready", flush=True)
    await asyncio.Event().wait()


async def send(count: int) -> None:
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    await engine.dispose()
    async with await aio_pika.connect(URL) as rabbitmq:
        channel = await rabbitmq.channel()
        await channel.declare_queue(COMMANDS, durable=True, arguments={"x-queue-type": "quorum"})
        for start in range(0, count, 500):
            sending = [channel.default_exchange.publish(_command(), COMMANDS) for _ in range(min(500, count - start))]
            await asyncio.gather(*sending)


def _command() -> aio_pika.Message:
    body = json.dumps({"id": str(uuid4()), "name": f"c{random.randrange(ROWS)}", "amount": 1}).encode()
    return aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT, content_type="application/json")


if __name__ == "__main__":
    uvloop.run(work() if sys.argv[1] == "work" else send(int(sys.argv[2])))
