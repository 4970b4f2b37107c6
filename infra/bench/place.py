"""Where a benchmark runs: a namespace of its own on private or given servers, and what the machine did meanwhile."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aio_pika
import asyncpg
from sqlalchemy.schema import CreateTable

from infra import broker_admin, partitions, services, topology
from infra import letter as letters
from infra.accounts_broker import OPERATOR
from infra.accounts_database import role_of
from infra.bench import toy
from infra.envelope import Envelope
from infra.migrate import migrate
from infra.provision import credentials, drop, provision
from infra.settings import Settings
from infra.store import POSTGRESQL

ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Place:
    """`settings` name the servers; the toy domain is provisioned and empty but for its rows."""

    settings: Settings
    children: list[asyncio.subprocess.Process] = field(default_factory=list)

    @property
    def dsn(self) -> str:
        return credentials(self.settings, "toy").owner_dsn

    @property
    def amqp_url(self) -> str:
        return credentials(self.settings, OPERATOR).amqp_url

    async def worker(self, partitions: int) -> asyncio.subprocess.Process:
        """A process that runs the toy domain, ready to work."""
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.bench.worker", str(partitions),
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment(self.settings),
        )  # fmt: skip
        self.children.append(child)
        assert child.stdout is not None
        await asyncio.wait_for(child.stdout.readline(), 30)
        return child

    async def send(self, commands: Sequence[toy.Add]) -> None:
        """Confirmed, 500 at a time."""
        connection = await aio_pika.connect(self.amqp_url)
        async with connection:
            exchange = await (await connection.channel()).get_exchange("commands", ensure=False)
            for start in range(0, len(commands), 500):
                sending = []
                for command in commands[start : start + 500]:
                    letter = letters.write(Envelope.fresh(command, "bench"))
                    headers = {name: value for name, value in letter.headers.items() if name != "correlation"}
                    message = aio_pika.Message(
                        letter.body.encode(), message_id=str(letter.id), type=letter.topic, headers=headers,
                        correlation_id=letter.headers["correlation"], delivery_mode=2,
                    )  # fmt: skip
                    sending.append(exchange.publish(message, letter.topic))
                await asyncio.gather(*sending)

    async def end_children(self) -> None:
        for child in self.children:
            if child.returncode is None:
                child.terminate()
        await asyncio.gather(*(child.wait() for child in self.children))
        self.children.clear()


@asynccontextmanager
async def place(settings: Settings, parts: int) -> AsyncIterator[Place]:
    """Raises Unavailable when the servers are not to be had. Everything made here is dropped again."""
    started = await asyncio.to_thread(services.start, settings, say=print)
    mine = started.settings.model_copy(update={"namespace": f"bench{secrets.token_hex(3)}"})
    try:
        await provision(mine, ["toy"])
        found = Place(mine)
        await migrate(found.dsn, "toy", role_of(mine, "toy"), mine.retention_days)
        connection = await asyncpg.connect(found.dsn)
        await partitions.keep(connection, mine.retention_days)
        await connection.execute(str(CreateTable(toy.counter).compile(dialect=POSTGRESQL)))
        await connection.execute("INSERT INTO counter SELECT 'c' || n, 0, 0 FROM generate_series(0, $1::int - 1) n", toy.ROWS)
        await connection.execute("VACUUM ANALYZE counter")
        await connection.close()
        await broker_admin.apply(topology.declare([toy.group(parts)]), found.amqp_url)
        try:
            yield found
        finally:
            await found.end_children()
    finally:
        await drop(mine, ["toy"])
        await asyncio.to_thread(services.stop, settings, started.names, say=print)


def environment(settings: Settings) -> dict[str, str]:
    """What a child needs to find the same home, namespace and servers."""
    return {
        **os.environ,
        "HIKYAKU_HOME": str(settings.folder),
        "HIKYAKU_NAMESPACE": settings.namespace,
        "HIKYAKU_AMQP_URL": settings.amqp_url,
        "HIKYAKU_MANAGEMENT_URL": settings.management_url,
        "HIKYAKU_DATABASE_URL": settings.database_url,
    }
