"""On RabbitMQ and PostgreSQL: what somebody deletes on the broker comes back, and nothing that was in it is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import aio_pika
import pytest

from contracts.message import Message
from infra import metrics, outbox
from infra.database import connect
from infra.envelope import Envelope
from infra.guard import OWED, guard, look, mend
from infra.refill import refill
from infra.settings import Settings
from infra.topology import declare
from infra.vault import Vault
from tests.infra.harness import Add, World, toy, world
from tests.servers import Servers


def settings_of(here: World, home: Path) -> Settings:
    """As if this toy world had been provisioned from that home."""
    known = {"amqp_url": here.amqp_url, "dsn": here.dsn, "owner_dsn": here.dsn}
    with Vault(home).change() as document:
        document["credentials"] = {"toys": {name: known for name in ("operator", *(group.name for group in here.groups))}}
    return Settings(home=home, namespace="toys", amqp_url=here.amqp_url, management_url=here.management, database_url=here.dsn)


@asynccontextmanager
async def channel(here: World) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    connection = await aio_pika.connect(here.amqp_url)
    async with connection:
        yield await connection.channel()


async def sent_by_its_outbox(here: World, *messages: Message | Envelope) -> list[UUID]:
    """Letters in the retained history, confirmed long ago: nothing is pending."""
    envelopes = [one if isinstance(one, Envelope) else Envelope.fresh(one, "test") for one in messages]
    pool = await connect(here.dsn, 1, "test")
    async with pool.acquire() as connection:
        for one in envelopes:
            bundle = outbox.bundle_of([one])
            await outbox.save(connection, one.id, bundle)
            await outbox.forget(connection, [bundle.id])
            await asyncio.sleep(0.002)  # as a lane, which commits no two bundles in one millisecond
    pool.terminate()
    return [one.id for one in envelopes]


async def waiting(here: World, queue: str) -> list[str | None]:
    """The ids in the queue, which gets them back when the channel ends."""
    found: list[str | None] = []
    async with channel(here) as wire:
        source = await wire.declare_queue(queue, passive=True)
        with suppress(TimeoutError):
            async with source.iterator(timeout=0.5) as arriving:
                async for message in arriving:
                    found.append(message.message_id)
    return found


@pytest.mark.parametrize("with_api", [True, False])
async def test_a_deleted_queue_comes_back_with_what_was_in_it(servers: Servers, tmp_path: Path, with_api: bool) -> None:
    async with world(servers, toy()) as here:
        settings = settings_of(here, tmp_path)
        if not with_api:
            settings = settings.model_copy(update={"management_url": ""})
        commands = [Add(name=f"n{n % 7}", amount=n) for n in range(40)]
        identities = await sent_by_its_outbox(here, *commands)
        async with channel(here) as wire:
            await wire.queue_delete("toy")
        before = metrics.guard_repairs.labels("toy")._value.get()

        gap = await mend(declare(here.groups), settings)

        assert [one.name for one in gap.queues] == ["toy"] and len(gap.bindings) == 8
        assert metrics.guard_repairs.labels("toy")._value.get() == before + 9
        assert await waiting(here, "toy") == [str(one) for one in identities], "each once, in the order of the commits"
        assert not await mend(declare(here.groups), settings)


async def test_a_queue_deleted_under_its_consumer_has_every_effect_once(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        settings, alarm = settings_of(here, tmp_path), asyncio.Event()
        watching = asyncio.create_task(guard(declare(here.groups), settings, alarm))
        member = here.member()
        await member.start()
        await here.send(*(Add(name="settled", amount=1) for _ in range(20)))
        await here.until("SELECT count(*)::int FROM log", 20)
        # These are settled before the loss, in the queue at the loss, and lost on their way while there was no queue.
        retained = await sent_by_its_outbox(here, *(Add(name="lost", amount=1) for _ in range(300)))
        await refill(declare(here.groups), "toy", settings)
        async with channel(here) as wire:
            await wire.queue_delete("toy")
        retained += await sent_by_its_outbox(here, *(Add(name="lost", amount=1) for _ in range(50)))
        alarm.set()
        await here.until("SELECT count(*)::int FROM log WHERE name = 'lost'", 350, seconds=20)
        await here.send(Add(name="after", amount=1))
        await here.until("SELECT count(*)::int FROM log WHERE name = 'after'", 1)
        assert await here.fetch("SELECT name, value FROM counter ORDER BY name") == [("after", 1), ("lost", 350), ("settled", 20)]
        assert await here.value("SELECT count(*) FROM inbox WHERE id = ANY($1::uuid[])", retained) == 350
        watching.cancel()
        await member.drain(5)


async def test_a_lost_lane_gets_the_keys_it_had(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy(3)) as here:
        settings, topology = settings_of(here, tmp_path), declare(here.groups)
        identities = await sent_by_its_outbox(here, *(Add(name=f"n{n}", amount=1) for n in range(60)))
        await refill(topology, "toy", settings)
        before = [set(await waiting(here, f"toy.{n}")) for n in range(3)]
        async with channel(here) as wire:
            await wire.queue_delete("toy.0")
        await mend(topology, settings)
        after = [set(await waiting(here, f"toy.{n}")) for n in range(3)]
        assert after == before
        assert set.union(*after) == {str(one) for one in identities}


async def test_a_missing_binding_is_bound_and_what_went_past_it_is_sent(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        settings, topology = settings_of(here, tmp_path), declare(here.groups)
        [lost] = await sent_by_its_outbox(here, Add(name="a", amount=1))
        async with channel(here) as wire:
            await (await wire.get_queue("toy")).unbind("commands", Add.topic)
        gap = await mend(topology, settings)
        assert [one.key for one in gap.bindings] == [Add.topic] and not gap.queues
        assert await waiting(here, "toy") == [str(lost)]


async def test_a_refill_that_was_cut_off_is_finished_by_the_next_guard(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        settings, topology = settings_of(here, tmp_path), declare(here.groups)
        [lost] = await sent_by_its_outbox(here, Add(name="a", amount=1))
        async with channel(here) as wire:
            await wire.declare_exchange(f"{OWED}toy", durable=True)
        for management in ("", here.management):
            assert (await look(topology, here.amqp_url, management)).owed == ("toy",)
        await mend(topology, settings)
        assert await waiting(here, "toy") == [str(lost)]
        assert not await look(topology, here.amqp_url, here.management)


async def test_a_guard_outlives_what_it_cannot_reach(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        away = settings_of(here, tmp_path).model_copy(update={"management_url": "http://127.0.0.1:1"})
        watching = asyncio.create_task(guard(declare(here.groups), away))
        await asyncio.sleep(0.3)
        assert not watching.done()
        watching.cancel()
