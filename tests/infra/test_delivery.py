"""On RabbitMQ and PostgreSQL: what is accepted has its effect, once and in order, whatever dies."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import httpx
import pytest

from contracts.message import Event
from infra import ids
from infra.clock import utcnow
from infra.envelope import Envelope
from infra.group import Group
from tests.infra.harness import Add, Added, Crash, Log, Remind, World, metadata, same_id, toy, world
from tests.infra.harness import log as log_table
from tests.servers import Servers

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def running(here: World, *groups: Group) -> AsyncIterator[None]:
    members = [here.member(group) for group in groups or here.groups]
    for member in members:
        await member.start()
    try:
        yield
    finally:
        for member in members:
            await member.drain(10)


@asynccontextmanager
async def process(here: World, partitions: int = 1, failpoint: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """The toy group in a process of its own, which is ended if the test did not."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.infra.toy_process", here.amqp_url, here.dsn, str(partitions),
        cwd=ROOT, env={**os.environ, "HIKYAKU_FAILPOINT": failpoint}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    await asyncio.wait_for(child.stdout.readline(), 20)
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def dead_letters(here: World, domain: str = "toy") -> list[aio_pika.abc.AbstractIncomingMessage]:
    connection = await aio_pika.connect(here.amqp_url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(f"{domain}.dead", passive=True)
        found = []
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            found.append(message)
        return found


@pytest.mark.req("S3-57")
async def test_twenty_deliveries_have_one_effect_and_twenty_equal_answers(servers: Servers) -> None:
    async with world(servers, toy()) as here, running(here):
        connection = await aio_pika.connect(here.amqp_url)
        async with connection:
            channel = await connection.channel()
            replies = await channel.declare_queue("", exclusive=True)
            await replies.bind("replies", "asker")
            command = same_id(Add(name="a", amount=3))
            await here.send(*[command] * 20, reply_to="asker")
            answers = []
            async with asyncio.timeout(10), replies.iterator(no_ack=True) as arriving:
                async for answer in arriving:
                    answers.append((answer.correlation_id, answer.body))
                    if len(answers) == 20:
                        break
        assert len(set(answers)) == 1
        assert json.loads(answers[0][1]) == {"type": "toy.added.v1", "data": {"name": "a", "value": 3}}
        assert await here.value("SELECT value FROM counter WHERE name = 'a'") == 3
        assert await here.value("SELECT count(*) FROM outbox WHERE topic NOT LIKE 'record.%'") == 1


async def test_who_waits_is_answered_when_a_message_that_had_failed_is_settled(servers: Servers) -> None:
    group = toy()
    mended, group.decisions[Add] = group.decisions[Add], group.decisions[Crash]
    async with world(servers, group) as here, running(here):
        connection = await aio_pika.connect(here.amqp_url)
        async with connection:
            wire = await connection.channel()
            ear = await wire.declare_queue("asker", exclusive=True)
            await ear.bind("replies", "asker")
            [identity] = await here.send(Add(name="a", amount=1), reply_to="asker")
            await here.until("SELECT count(*)::int FROM parked WHERE attempts = 1", 1)
            group.decisions[Add] = mended
            async with ear.iterator(timeout=10) as answers:
                answer = await anext(answers)
            assert (answer.correlation_id, json.loads(answer.body)["type"]) == (str(identity), Added.topic)
            assert await here.value("SELECT answer FROM inbox") == answer.body.decode()


async def test_a_poison_message_among_a_thousand_is_one_dead_letter_and_can_be_replayed(servers: Servers) -> None:
    async with world(servers, toy()) as here, running(here):
        good = [Add(name=f"n{n % 50}", amount=1) for n in range(1_000)]
        await here.send(*good[:500], Crash(name="n1"), *good[500:])
        await here.until("SELECT sum(value)::int FROM counter", 1_000)
        await here.until("SELECT count(*)::int FROM parked WHERE status = 'dead'", 1)
        assert await here.fetch("SELECT topic, attempts, reason FROM parked") == [("toy.crash.v1", 3, "RuntimeError")]
        await here.fetch("UPDATE parked SET status = 'waiting', due = now(), topic = 'toy.add.v1', "
                         "body = '{\"name\": \"n1\", \"amount\": 5}' RETURNING id")  # fmt: skip
        await here.until("SELECT sum(value)::int FROM counter", 1_005)
        await here.until("SELECT count(*)::int FROM parked", 0)


async def test_what_cannot_be_read_is_a_dead_letter_of_the_broker_with_its_reason(servers: Servers) -> None:
    async with world(servers, toy()) as here, running(here):
        connection = await aio_pika.connect(here.amqp_url)
        async with connection:
            exchange = await (await connection.channel()).get_exchange("commands", ensure=False)
            for body, identity in ((b"{", str(ids.root())), (b'{"name": 1}', str(ids.root())), (b"{}", "nonsense")):
                await exchange.publish(aio_pika.Message(body, message_id=identity, type="toy.add.v1"), "toy.add.v1")
            old = ids.root(1_000)
            await exchange.publish(aio_pika.Message(b"{}", message_id=str(old), type="toy.add.v1"), "toy.add.v1")
        await here.send(Add(name="a", amount=1))
        await here.until("SELECT sum(value)::int FROM counter", 1)
        reasons = [message.headers["reason"] for message in await dead_letters(here)]
    assert reasons == ["unreadable", "unreadable", "invalid-id", "id-out-of-range"]


def listener(name: str) -> Group:
    """Hears that something was added and adds to its own log by telling a third."""
    group = Group(name, tables={Log: log_table}, metadata=metadata)

    def hear(event: Added, rows: object, now: object):  # type: ignore[no-untyped-def]
        yield Heard(name=event.name, by=name)

    group.on(Added, hear)
    return group


class Heard(Event):
    topic, about = "listener.heard.v1", "name"
    name: str
    by: str


async def test_one_event_through_two_groups_reaches_a_common_consumer_twice(servers: Servers) -> None:
    """A plain hash of incoming id and ordinal would give both groups the same id, and one would be dropped."""
    left, right = listener("left"), listener("right")
    third = Group("third", tables={Log: log_table}, metadata=metadata)

    def note(event: Heard, rows: object, now: object):  # type: ignore[no-untyped-def]
        yield Log(event.by, event.name, 0, 1, {})

    third.on(Heard, note)
    async with world(servers, toy(), left, right, third) as here:
        for group in here.groups[1:]:
            group.check_sends = lambda kind: None  # type: ignore[method-assign]  # the toy's events belong to no domain
        # Each group has its own inbox, so each needs its own database.
        async with world(servers, left) as one, world(servers, right) as two, world(servers, third) as t:
            places = {"toy": here.dsn, "left": one.dsn, "right": two.dsn, "third": t.dsn}
            members = [World(here.amqp_url, places[group.name], "", "", [group]).member(group) for group in here.groups]
            for member in members:
                await member.start()
            await here.send(Add(name="a", amount=1))
            await t.until("SELECT count(*)::int FROM log", 2)
            assert await t.fetch("SELECT id FROM log ORDER BY 1") == [("left",), ("right",)]
            for member in members:
                await member.drain(5)


async def test_a_message_that_kills_the_process_takes_nobody_with_it(servers: Servers) -> None:
    async with world(servers, toy()) as here:
        await here.send(*(Add(name=f"n{n}", amount=1) for n in range(30)), Crash(name="x", fatal=True),
                        *(Add(name=f"n{n}", amount=1) for n in range(30)))  # fmt: skip
        for _ in range(8):
            async with process(here) as child:
                for _ in range(100):
                    if child.returncode is not None or await here.value("SELECT count(*) FROM parked") == 1:
                        break
                    await asyncio.sleep(0.05)
                if child.returncode is None:
                    await here.until("SELECT coalesce(sum(value), 0)::int FROM counter", 60)
                    break
        assert await here.fetch("SELECT topic, status, reason FROM parked") == [("toy.crash.v1", "dead", "killed-the-process")]
        assert await dead_letters(here) == []


async def test_killed_in_mid_load_nothing_is_lost_doubled_or_out_of_order(servers: Servers) -> None:
    """Two processes share two lanes; one of them is killed four times."""
    keys, each = 20, 60
    async with world(servers, toy(2)) as here:
        sending = asyncio.create_task(_send_slowly(here, keys, each))
        async with process(here, 2):
            for _ in range(4):
                async with process(here, 2) as victim:
                    await asyncio.sleep(0.7)
                    victim.send_signal(signal.SIGKILL)
                    await victim.wait()
            await sending
            await here.until("SELECT count(*)::int FROM log", keys * each, seconds=40)
        for name in (f"k{n}" for n in range(keys)):
            amounts = [row[0] for row in await here.fetch("SELECT amount FROM log WHERE name = $1 ORDER BY place", name)]
            assert amounts == list(range(1, each + 1))
        events = "SELECT count(DISTINCT id)::int FROM outbox WHERE topic = 'toy.added.v1'"
        assert await here.value(events) == keys * each


async def _send_slowly(here: World, keys: int, each: int) -> None:
    for amount in range(1, each + 1):
        await here.send(*(Add(name=f"k{n}", amount=amount) for n in range(keys)))
        await asyncio.sleep(0.04)


@pytest.mark.parametrize(
    "place",
    ["lane.received:2", "transaction.before_commit:2", "transaction.after_commit:2", "lane.before_ack:2", "lane.after_ack:2",
     "relay.after_publish:2"],
)  # fmt: skip
async def test_killed_at_each_point_every_command_has_one_effect_and_one_event(servers: Servers, place: str) -> None:
    group, ear = toy(), listener("ear")
    ear.check_sends = lambda kind: None  # type: ignore[method-assign]
    async with world(servers, group, ear) as here:
        commands: Sequence[Envelope] = [same_id(Add(name=f"n{n}", amount=1)) for n in range(40)]
        async with process(here, failpoint=place) as child:
            for n in range(0, 40, 10):
                await here.send(*commands[n : n + 10])
                await asyncio.sleep(0.1)
            assert await asyncio.wait_for(child.wait(), 10) == -signal.SIGKILL, f"{place} was never reached"
        async with process(here):
            await here.until("SELECT coalesce(sum(value), 0)::int FROM counter", 40, seconds=20)
            await here.until("SELECT count(*)::int FROM pending", 0, seconds=20)
        assert len({message.message_id for message in await _drained(here, "ear")}) == 40


async def _drained(here: World, queue: str) -> list[aio_pika.abc.AbstractIncomingMessage]:
    connection = await aio_pika.connect(here.amqp_url)
    async with connection:
        found: list[aio_pika.abc.AbstractIncomingMessage] = []
        channel = await connection.channel()
        source = await channel.declare_queue(queue, passive=True)
        async with source.iterator(no_ack=True, timeout=1) as arriving:
            with contextlib.suppress(TimeoutError):
                async for message in arriving:
                    found.append(message)
        return found


async def test_a_lost_connection_costs_nothing(servers: Servers) -> None:
    async with world(servers, toy(2)) as here, running(here):
        sending = asyncio.create_task(_send_slowly(here, 10, 40))
        async with httpx.AsyncClient(base_url=here.management) as client:
            for _ in range(3):
                await asyncio.sleep(0.5)
                for one in (await client.get(f"/api/vhosts/{here.vhost}/connections")).json():
                    if "toy" in one.get("client_properties", {}).get("connection_name", ""):
                        await client.delete(f"/api/connections/{one['name']}")
        await sending
        await here.until("SELECT count(*)::int FROM log", 400, seconds=30)
        await here.until("SELECT count(*)::int FROM pending", 0, seconds=30)


async def test_a_second_process_gets_its_share_of_the_lanes_without_loss(servers: Servers) -> None:
    async with world(servers, toy(2)) as here, process(here, 2):
        sending = asyncio.create_task(_send_slowly(here, 10, 150))
        async with process(here, 2):
            await here.until("SELECT count(DISTINCT owner)::int FROM lane WHERE owner IS NOT NULL", 2)
            await sending
            await here.until("SELECT count(*)::int FROM log", 1_500, seconds=30)
        for name in (f"k{n}" for n in range(10)):
            amounts = [row[0] for row in await here.fetch("SELECT amount FROM log WHERE name = $1 ORDER BY place", name)]
            assert amounts == list(range(1, 151))


async def test_a_timer_rings_once_and_a_cancelled_one_never(servers: Servers) -> None:
    async with world(servers, toy()) as here, running(here):
        await here.send(Remind(name="a", seconds=0.5), Remind(name="b", seconds=0.5), Remind(name="b", seconds=-1))
        await here.until("SELECT coalesce(max(value), 0)::int FROM counter WHERE name = 'a'", 100)
        await asyncio.sleep(1.2)
        assert await here.fetch("SELECT name, value FROM counter") == [("a", 100)]


async def test_a_timer_of_a_forgotten_contract_is_a_dead_letter_and_the_lane_goes_on(servers: Servers) -> None:
    async with world(servers, toy()) as here, running(here):
        await here.send(Remind(name="a", seconds=0.1))
        await here.until("SELECT count(*)::int FROM lane WHERE owner IS NOT NULL", 1)
        await here.fetch("UPDATE timer SET topic = 'toy.forgotten.v1'")
        await here.send(Remind(name="b", seconds=0.1))
        await here.until("SELECT count(*)::int FROM counter WHERE name = 'b'", 1)


async def test_a_header_from_a_stranger_does_not_stop_the_lane(servers: Servers) -> None:
    async with world(servers, toy()) as here, running(here):
        connection = await aio_pika.connect(here.amqp_url)
        async with connection:
            exchange = await (await connection.channel()).get_exchange("commands", ensure=False)
            strange: list[dict[str, Any]]
            strange = [{"time": "2026-01-01T00:00:00"}, {"deadline": 5}, {"causation": [1]}, {"sequence": {"a": 1}}]
            for headers in strange:
                message = aio_pika.Message(b'{"name": "a", "amount": 1}', message_id=str(ids.root()), type="toy.add.v1",
                                           headers=headers)  # fmt: skip
                await exchange.publish(message, "toy.add.v1")
        await here.send(Add(name="b", amount=1))
        await here.until("SELECT count(*)::int FROM counter WHERE name = 'b'", 1)
        assert [message.headers["reason"] for message in await dead_letters(here)][:3] == ["unreadable"] * 3


async def test_an_ordered_group_parks_later_messages_of_a_key_behind_the_failing_one(servers: Servers) -> None:
    async with world(servers, toy(ordered=True)) as here, running(here):
        await here.send(Crash(name="a"), *(Add(name="a", amount=n) for n in (1, 2, 3)), Add(name="b", amount=1))
        await here.until("SELECT count(*)::int FROM counter WHERE name = 'b'", 1)
        assert await here.value("SELECT count(*) FROM counter WHERE name = 'a'") == 0
        await here.until("SELECT count(*)::int FROM parked WHERE status = 'dead'", 1)
        await here.until("SELECT count(*)::int FROM log WHERE name = 'a'", 3)
        await here.send(Add(name="a", amount=4))
        await here.until("SELECT count(*)::int FROM log WHERE name = 'a'", 4)
        assert await here.fetch("SELECT amount FROM log WHERE name = 'a' ORDER BY place") == [(1,), (2,), (3,), (4,)]


async def test_the_id_of_a_timer_lies_in_the_day_it_rings(servers: Servers) -> None:
    root = Envelope.fresh(Add(name="a", amount=1), "test")
    due = utcnow().replace(year=2031, microsecond=0)
    ring = root.rings(Add(name="a", amount=1), "toy", "remind", 0, due)
    assert ids.moment(ring.id) == due and ring.id == root.rings(Add(name="a", amount=1), "toy", "remind", 0, due).id
    assert ids.derived(root.id, "left", "h", "t", 0) != ids.derived(root.id, "right", "h", "t", 0) != uuid4()
