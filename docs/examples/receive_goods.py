"""Goods have arrived: tells inventory so over AMQP, without HTTP, and says what became of it.

    python receive_goods.py TEA-1 10 [--id MESSAGE-ID]

Needs aio-pika and the wheel of the contracts. HIKYAKU_PRODUCER_URL is the address that `hikyaku producers add` printed.
Exit code 0 when the goods are booked, 1 when they were refused, 2 when nobody answered in time; then run it again with
the id that it printed, and it means the same message.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
import uuid
from typing import Any
from urllib.parse import unquote, urlsplit

import aio_pika
from aio_pika.exceptions import AMQPError

from contracts.inventory import MovementRefused, ReplenishStock

CONFIRM, ANSWER, PATIENCE = 5, 10, 60
"""Seconds: for the broker's confirm, for the outcome, and for everything together."""


async def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sku")
    parser.add_argument("quantity", type=int)
    parser.add_argument("--id", type=uuid.UUID, default=None, help="of the message, to ask again what became of it")
    given = parser.parse_args()
    identity = given.id or uuid7()
    # The model refuses here what inventory could not read.
    command = ReplenishStock(movement_id=str(identity), sku=given.sku, quantity=given.quantity, reason="receive")
    print(f"message {identity}", file=sys.stderr)
    try:
        async with asyncio.timeout(PATIENCE):
            outcome = await settled(os.environ["HIKYAKU_PRODUCER_URL"], command, identity)
    except TimeoutError:
        return 2
    print(json.dumps(outcome))
    return 1 if outcome["type"] == MovementRefused.topic else 0


async def settled(url: str, command: ReplenishStock, identity: uuid.UUID) -> Any:
    """Sent again and again under its one id, a message has its effect once, and each copy gets the same answer."""
    while True:
        try:
            return await asked(url, command, identity)
        except (AMQPError, OSError, TimeoutError) as error:
            print(f"not known yet ({type(error).__name__}); once more", file=sys.stderr)
            await asyncio.sleep(1)


async def asked(url: str, command: ReplenishStock, identity: uuid.UUID) -> Any:
    user = unquote(urlsplit(url).username or "")
    async with await aio_pika.connect(url, timeout=CONFIRM) as connection:
        # Without on_return_raises a message that nobody takes would look like one that was taken.
        channel = await connection.channel(on_return_raises=True)
        mine = await channel.declare_queue(f"{user}.{uuid.uuid4()}", exclusive=True)
        await mine.bind("replies", mine.name)
        message = aio_pika.Message(
            command.model_dump_json().encode(),
            type=command.topic,
            message_id=str(identity),
            reply_to=mine.name,
            user_id=user,
            headers={"partition-key": command.partition_key},
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        commands = await channel.get_exchange("commands", ensure=False)
        await commands.publish(message, command.topic, timeout=CONFIRM)
        async with mine.iterator(timeout=ANSWER) as answers:
            async for answer in answers:
                await answer.ack()
                if answer.correlation_id == str(identity):
                    return json.loads(answer.body)
    raise TimeoutError


def uuid7() -> uuid.UUID:
    """An id that begins with its time in milliseconds, as Hikyaku wants it."""
    return uuid.UUID(
        int=time.time_ns() // 1_000_000 << 80 | 7 << 76 | random.getrandbits(12) << 64 | 2 << 62 | random.getrandbits(62)
    )


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
