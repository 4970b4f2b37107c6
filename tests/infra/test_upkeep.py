"""A process that somebody starts by hand keeps the partitions of its domains and brings lost queues back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aio_pika
import asyncpg
import pytest
from yarl import URL

from infra import broker_admin, domains
from infra.accounts_broker import OPERATOR
from infra.provision import credentials, drop
from infra.services import ports
from infra.settings import Settings
from infra.supervisor.prepare import prepare
from infra.topology import declare
from tests.conftest import fresh
from tests.journeys.client import eventually
from tests.servers import Servers

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def prepared(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Everything is there for `hikyaku up`, and nothing runs."""
    settings = fresh(servers, tmp_path_factory.mktemp("prepared"))
    try:
        asyncio.run(prepare(settings, lambda said: None))
        yield settings
    finally:
        asyncio.run(drop(settings, [*domains.names(), "edge"]))


@contextmanager
def running(settings: Settings, *words: str) -> Iterator[None]:
    """`hikyaku WORDS`, until the end of the block; then it is asked to stop, and does."""
    environment = {"HIKYAKU_NAMESPACE": settings.namespace, "HIKYAKU_HOME": str(settings.home)}
    # The administrator's login is not needed after the preparation.
    for name in ("amqp_url", "management_url", "database_url"):
        environment[f"HIKYAKU_{name.upper()}"] = str(URL(getattr(settings, name)).with_user(None))
    environment["HIKYAKU_HTTP_PORT"] = str(ports.some(1)[0])
    command = [sys.executable, "-m", "infra.cli", *words]
    with open(settings.folder / f"{words[0]}.log", "wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.mark.parametrize(("domain", "words"), [("shipping", ["worker", "shipping"]), ("edge", ["edge"])])
async def test_a_process_started_by_hand_looks_after_its_domains(domain: str, words: list[str], prepared: Settings) -> None:
    owner = await asyncpg.connect(credentials(prepared, domain).owner_dsn)
    newest = "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'inbox'::regclass"
    tomorrow = await owner.fetchval(newest)
    await owner.execute(f"DROP TABLE {tomorrow}")
    with running(prepared, *words):

        async def made_again() -> bool:
            return bool(await owner.fetchval(newest) == tomorrow)

        await eventually(made_again, 30)
        await owner.close()
        url = credentials(prepared, OPERATOR).amqp_url
        connection = await aio_pika.connect(url, timeout=10)
        async with connection:
            await (await connection.channel()).queue_delete(domain)
        wanted = [one for one in declare([domains.load(domain)]).queues if one.name == domain]

        async def there() -> bool:
            return not await broker_admin.missing_queues(wanted, url)

        await eventually(there, 30)
