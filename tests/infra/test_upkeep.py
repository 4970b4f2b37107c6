"""A process that somebody starts by hand keeps the partitions of its domains and brings lost queues back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aio_pika
import asyncpg
import pytest
from yarl import URL

from infra import broker_admin, domains
from infra.accounts_broker import OPERATOR
from infra.provision import credentials, drop
from infra.services import ports
from infra.supervisor.prepare import prepare
from infra.topology import declare
from tests.conftest import fresh
from tests.journeys.client import eventually
from tests.servers import Servers

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("domain", "words"), [("shipping", ["worker", "shipping"]), ("edge", ["edge"])])
async def test_a_process_started_by_hand_looks_after_its_domains(
    domain: str, words: list[str], servers: Servers, tmp_path: Path
) -> None:
    settings = fresh(servers, tmp_path)
    environment = {"HIKYAKU_NAMESPACE": settings.namespace, "HIKYAKU_HOME": str(settings.home)}
    # The administrator's login is not needed after the preparation.
    for name in ("amqp_url", "management_url", "database_url"):
        environment[f"HIKYAKU_{name.upper()}"] = str(URL(getattr(settings, name)).with_user(None))
    environment["HIKYAKU_HTTP_PORT"] = str(ports.some(1)[0])
    process: subprocess.Popen[bytes] | None = None
    try:
        await prepare(settings, lambda said: None)
        owner = await asyncpg.connect(credentials(settings, domain).owner_dsn)
        newest = "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'inbox'::regclass"
        tomorrow = await owner.fetchval(newest)
        await owner.execute(f"DROP TABLE {tomorrow}")
        command = [sys.executable, "-m", "infra.cli", *words]
        with open(tmp_path / "process.log", "wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)

        async def made_again() -> bool:
            return bool(await owner.fetchval(newest) == tomorrow)

        await eventually(made_again, 30)
        await owner.close()
        url = credentials(settings, OPERATOR).amqp_url
        connection = await aio_pika.connect(url, timeout=10)
        async with connection:
            await (await connection.channel()).queue_delete(domain)
        wanted = [one for one in declare([domains.load(domain)]).queues if one.name == domain]

        async def there() -> bool:
            return not await broker_admin.missing_queues(wanted, url)

        await eventually(there, 30)
    finally:
        if process is not None:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 30)
        await drop(settings, [*domains.names(), "edge"])
