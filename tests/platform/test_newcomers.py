"""A domain that is added to an installation hears what the others have said before it came."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import aio_pika
import pytest

from contracts.identity import UserCreated
from contracts.sealed import Sealed
from infra import domains, outbox
from infra.accounts_broker import OPERATOR
from infra.database import connect
from infra.envelope import Envelope
from infra.provision import credentials, drop
from infra.settings import Settings
from infra.supervisor import prepare as preparing
from tests.conftest import fresh
from tests.servers import Servers


async def started(settings: Settings, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """As `hikyaku up` begins, in an installation of these domains."""
    monkeypatch.setattr(domains, "load_all", lambda: [domains.load(name) for name in names])
    await preparing.prepare(settings, lambda line: None)


async def said(settings: Settings, event: UserCreated) -> Envelope:
    """An event of identity that was sent long ago."""
    envelope = Envelope.fresh(event, "identity")
    bundle = outbox.bundle_of([envelope])
    pool = await connect(credentials(settings, "identity").dsn, 1, "test")
    async with pool.acquire() as connection:
        await outbox.save(connection, envelope.id, bundle)
        await outbox.forget(connection, [bundle.id])
    pool.terminate()
    return envelope


async def heard(settings: Settings, queue: str) -> list[str | None]:
    """A lane has one consumer at a time, so it is consumed and not peeked into."""
    found = []
    async with await aio_pika.connect(credentials(settings, OPERATOR).amqp_url) as connection:
        source = await (await connection.channel()).get_queue(queue)
        with suppress(TimeoutError):
            async with source.iterator(timeout=0.5) as arriving:
                async for letter in arriving:
                    found.append(letter.message_id)
    return found


@pytest.mark.req("S0-85", "S0-88")
async def test_a_new_domain_is_filled_from_what_is_retained(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = fresh(servers, tmp_path)
    try:
        await started(settings, monkeypatch, "identity")
        email = Sealed(to="identity", box="c2VhbGVk")
        told = await said(settings, UserCreated(user_id="U-1", name="太郎", email=email, status="active", version=1))
        await started(settings, monkeypatch, "identity", "tasks")
        assert await heard(settings, "tasks") == [str(told.id)]
        assert await heard(settings, "identity") == []
    finally:
        await asyncio.shield(drop(settings, ["identity", "tasks"]))
