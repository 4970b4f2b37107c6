"""A worker that somebody starts by hand keeps the partitions of its domains and brings lost queues back."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import aio_pika
import asyncpg

from infra import broker_admin, domains
from infra.accounts_broker import OPERATOR
from infra.provision import credentials, drop
from infra.supervisor.prepare import prepare
from infra.topology import declare
from tests.conftest import fresh
from tests.journeys.client import eventually
from tests.servers import Servers

ROOT = Path(__file__).parents[2]


async def test_a_worker_started_by_hand_looks_after_its_domains(servers: Servers, tmp_path: Path) -> None:
    settings = fresh(servers, tmp_path)
    named = ("amqp_url", "management_url", "database_url", "namespace", "home")
    environment = {f"HIKYAKU_{name.upper()}": str(getattr(settings, name)) for name in named}
    worker: subprocess.Popen[bytes] | None = None
    try:
        await prepare(settings, lambda said: None)
        owner = await asyncpg.connect(credentials(settings, "shipping").owner_dsn)
        newest = "SELECT max(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'inbox'::regclass"
        tomorrow = await owner.fetchval(newest)
        await owner.execute(f"DROP TABLE {tomorrow}")
        command = [sys.executable, "-m", "infra.cli", "worker", "shipping"]
        with open(tmp_path / "worker.log", "wb") as log:
            worker = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log)

        async def made_again() -> bool:
            return bool(await owner.fetchval(newest) == tomorrow)

        await eventually(made_again, 30)
        await owner.close()
        url = credentials(settings, OPERATOR).amqp_url
        connection = await aio_pika.connect(url, timeout=10)
        async with connection:
            await (await connection.channel()).queue_delete("shipping")
        wanted = [one for one in declare([domains.load("shipping")]).queues if one.name == "shipping"]

        async def there() -> bool:
            return not await broker_admin.missing_queues(wanted, url)

        await eventually(there, 30)
    finally:
        if worker is not None:
            worker.send_signal(signal.SIGTERM)
            await asyncio.to_thread(worker.wait, 30)
        await drop(settings, [*domains.names(), "edge"])
