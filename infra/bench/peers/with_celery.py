"""Celery: prefork processes, psycopg, acknowledged late."""

from __future__ import annotations

import os
import random
import sys
from functools import cache
from typing import Any
from uuid import uuid4

import psycopg
from celery import Celery
from kombu import Exchange, Queue

from infra.bench.peers import COMMANDS, INBOX, LOCK, TOPIC, UPDATE
from infra.bench.toy import ROWS

app = Celery("peer", broker=os.environ["PEER_AMQP_URL"])
app.conf.update(
    task_queues=[Queue(COMMANDS, Exchange(COMMANDS), routing_key=COMMANDS, queue_arguments={"x-queue-type": "quorum"})],
    task_default_queue=COMMANDS,
    task_default_exchange=COMMANDS,
    task_default_routing_key=COMMANDS,
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=32,
    broker_transport_options={"confirm_publish": True},
)


@cache
def connection() -> psycopg.Connection[tuple[Any, ...]]:
    """One for each process."""
    return psycopg.connect(os.environ["PEER_DSN"])


@app.task(name="add")  # type: ignore[untyped-decorator]
def add(identity: str, name: str, amount: int) -> None:
    with connection().transaction(), connection().cursor() as cursor:
        if not cursor.execute(INBOX.format(id="%s"), (identity,)).rowcount:
            return
        found = cursor.execute(LOCK.format(name="%s"), (name,)).fetchone()
        assert found is not None
        value = found[0] + amount
        cursor.execute(UPDATE.format(value="%s", name="%s"), (value, name))
    with app.producer_pool.acquire(block=True) as producer:
        producer.publish({"name": name, "value": value}, exchange="events", routing_key=TOPIC, delivery_mode=2)


if __name__ == "__main__":
    for _ in range(int(sys.argv[2])):
        add.delay(str(uuid4()), f"c{random.randrange(ROWS)}", 1)
