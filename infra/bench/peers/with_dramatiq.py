"""Dramatiq: two processes of eight threads, psycopg, one connection for each thread."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from typing import Any
from uuid import uuid4

import dramatiq
import pika
import psycopg
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from infra.bench.peers import COMMANDS, INBOX, LOCK, TOPIC, UPDATE
from infra.bench.toy import ROWS


class QuorumBroker(RabbitmqBroker):
    """Dramatiq declares classic queues, which it leaves no setting for."""

    def _build_queue_arguments(self, queue_name: str) -> dict[str, Any]:
        arguments: dict[str, Any] = super()._build_queue_arguments(queue_name)  # type: ignore[no-untyped-call]
        return arguments | {"x-queue-type": "quorum"}


broker = QuorumBroker(url=os.environ["PEER_AMQP_URL"], confirm_delivery=True)
dramatiq.set_broker(broker)
_local = threading.local()
_persistent = pika.BasicProperties(delivery_mode=2)


def connection() -> psycopg.Connection[tuple[Any, ...]]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["PEER_DSN"])
    found: psycopg.Connection[tuple[Any, ...]] = _local.connection
    return found


@dramatiq.actor(queue_name=COMMANDS)
def add(identity: str, name: str, amount: int) -> None:
    with connection().transaction(), connection().cursor() as cursor:
        if not cursor.execute(INBOX.format(id="%s"), (identity,)).rowcount:
            return
        found = cursor.execute(LOCK.format(name="%s"), (name,)).fetchone()
        assert found is not None
        value = found[0] + amount
        cursor.execute(UPDATE.format(value="%s", name="%s"), (value, name))
    event = json.dumps({"name": name, "value": value}).encode()
    broker.channel.basic_publish("events", TOPIC, event, _persistent, mandatory=True)


if __name__ == "__main__":
    for _ in range(int(sys.argv[2])):
        add.send(str(uuid4()), f"c{random.randrange(ROWS)}", 1)
    broker.close()
