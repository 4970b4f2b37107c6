"""Each domain may do only what it needs, on the real servers (S0-80, S0-81)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeAlias

import aio_pika
import asyncpg
import pytest
from aiormq.exceptions import ChannelAccessRefused, ProbableAuthenticationError
from yarl import URL

from infra import broker_admin, domains
from infra.accounts_broker import MONITORING, OPERATOR
from infra.provision import credentials, provision
from infra.settings import Settings
from infra.supervisor.prepare import sends
from infra.topology import declare

Channel: TypeAlias = aio_pika.abc.AbstractChannel


@pytest.fixture
async def declared(services: Settings) -> Settings:
    groups = domains.load_all()
    await provision(services, [group.name for group in groups], sends=sends(groups))
    await broker_admin.apply(declare(groups), credentials(services, OPERATOR).amqp_url)
    return services


@pytest.fixture
async def inventory(declared: Settings) -> AsyncIterator[Channel]:
    async with await aio_pika.connect(credentials(declared, "inventory").amqp_url) as connection:
        yield await connection.channel()


async def say(channel: Channel, exchange: str, topic: str) -> None:
    target = await channel.get_exchange(exchange, ensure=False)
    await target.publish(aio_pika.Message(b"{}"), topic, mandatory=False, timeout=5)


async def test_a_domain_tells_its_own_events(inventory: Channel) -> None:
    await say(inventory, "events", "inventory.stock-reserved.v1")


async def test_a_domain_cannot_tell_the_events_of_another(inventory: Channel) -> None:
    with pytest.raises(ChannelAccessRefused):
        await say(inventory, "events", "payment.payment-captured.v1")


async def test_a_domain_cannot_send_a_command_that_it_does_not_declare(inventory: Channel) -> None:
    with pytest.raises(ChannelAccessRefused):
        await say(inventory, "commands", "payment.deposit-money.v1")


async def test_an_order_may_ask_its_participants(declared: Settings) -> None:
    async with await aio_pika.connect(credentials(declared, "order").amqp_url) as connection:
        await say(await connection.channel(), "commands", "inventory.reserve-stock.v1")


@pytest.mark.parametrize("name", ["inventory", "edge"])
async def test_everybody_buries_his_own_letters_and_nobody_elses(declared: Settings, name: str) -> None:
    """Without this right one letter that cannot be read would stop its lane for good."""
    async with await aio_pika.connect(credentials(declared, name).amqp_url) as connection:
        await say(await connection.channel(), "dead-letters", name)
        with pytest.raises(ChannelAccessRefused):
            await say(await connection.channel(), "dead-letters", "order")


async def test_nobody_writes_to_a_queue_directly(inventory: Channel) -> None:
    with pytest.raises(ChannelAccessRefused):
        await inventory.default_exchange.publish(aio_pika.Message(b"{}"), "order.0", timeout=5)


@pytest.mark.req("S0-81")
async def test_a_domain_cannot_read_the_queue_of_another(inventory: Channel) -> None:
    queue = await inventory.get_queue("order.dead", ensure=False)
    with pytest.raises(ChannelAccessRefused):
        await queue.get(timeout=5)


async def test_a_domain_declares_nothing(inventory: Channel) -> None:
    with pytest.raises(ChannelAccessRefused):
        await inventory.declare_queue("inventory.more", durable=True, timeout=5)


async def test_the_monitor_looks_and_changes_nothing(declared: Settings) -> None:
    async with await aio_pika.connect(credentials(declared, MONITORING).amqp_url) as connection:
        with pytest.raises(ChannelAccessRefused):
            await say(await connection.channel(), "commands", "inventory.reserve-stock.v1")


async def test_a_wrong_password_is_refused(declared: Settings) -> None:
    wrong = str(URL(credentials(declared, "inventory").amqp_url).with_password("wrong"))
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(wrong, timeout=5)


@pytest.mark.parametrize("change", ["CREATE TABLE more (id int)", "DROP TABLE pending", "DELETE FROM migration"])
async def test_the_runtime_role_changes_rows_and_no_structure(services: Settings, change: str) -> None:
    connection = await asyncpg.connect(credentials(services, "inventory").dsn)
    try:
        assert await connection.fetchval("SELECT count(*) FROM pending") == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(change)
    finally:
        await connection.close()


@pytest.mark.req("S0-4", "S0-80", "S0-81")
async def test_a_role_cannot_enter_the_database_of_another(services: Settings) -> None:
    mine, theirs = URL(credentials(services, "inventory").dsn), URL(credentials(services, "order").dsn)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(str(mine.with_path(theirs.path)))
