"""A flood of slow queries delays no quick one."""

from __future__ import annotations

import asyncio
import time

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.message import Answer, Query
from infra.asking import Asker
from infra.publisher import Publisher
from tests.infra.harness import toy, world
from tests.servers import Servers

OPEN = """
    SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'hikyaku toy searches'
"""


class Count(Query):
    topic, about = "toy.count.v1", "name"
    name: str


class Audit(Count):
    topic = "toy.audit.v1"
    slow = True


class Said(Answer):
    name: str


async def count(query: Count, read: AsyncConnection) -> Said:
    return Said(name=query.name)


async def audit(query: Audit, read: AsyncConnection) -> Said:
    await read.execute(sa.text("SELECT pg_sleep(0.4)"))
    return Said(name=query.name)


async def test_a_flood_of_audits_delays_no_count(servers: Servers) -> None:
    group = toy()
    group.answers(Count, count)
    group.answers(Audit, audit)
    async with world(servers, group) as found:
        member = found.member(group)
        publisher = Publisher(found.amqp_url, "asking")
        asker = Asker(found.amqp_url, publisher)
        try:
            await member.start()
            await asker.start()
            assert await asker.ask(Count(name="warm")) == b'{"name":"warm"}'
            audits = [asyncio.create_task(asker.ask(Audit(name=str(n)))) for n in range(8)]
            took = []
            for _ in range(10):
                await asyncio.sleep(0.05)
                began = time.monotonic()
                await asker.ask(Count(name="x"))
                took.append(time.monotonic() - began)
            assert sorted(took)[5] < 0.1, took
            assert not all(one.done() for one in audits) and await found.value(OPEN) <= 2
            assert await asyncio.gather(*audits) == [b'{"name":"%d"}' % n for n in range(8)]
            await found.until(OPEN, 0)
        finally:
            await member.drain(2)
            await asyncio.gather(asker.close(), publisher.close())
