"""The shop under test with its own broker and database, each behind a proxy, and the handles to hurt them."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from yarl import URL

from infra import domains, services
from infra.provision import drop
from infra.services.postgres import Postgres
from infra.services.rabbitmq import RabbitMQ
from infra.settings import Settings
from tests.chaos.history import History
from tests.chaos.proxy import Proxy
from tests.journeys.shop import ONE, Shop

CTL = Path("/usr/lib/rabbitmq/bin/rabbitmqctl")


@dataclass(slots=True)
class World:
    """`home` are the private servers' settings; `shop` speaks to them through `amqp` and `sql`; `folder` is the scenario's."""

    home: Settings
    shop: Shop
    amqp: Proxy
    sql: Proxy
    history: History
    folder: Path

    # Broker

    @property
    def broker(self) -> RabbitMQ:
        return RabbitMQ(self.home)

    async def kill_broker(self) -> None:
        self._signal(self.broker, signal.SIGKILL)

    async def freeze_broker(self, frozen: bool) -> None:
        self._signal(self.broker, signal.SIGSTOP if frozen else signal.SIGCONT)

    async def ctl(self, *words: str) -> None:
        """A word of rabbitmqctl's. Raises CalledProcessError."""
        broker = self.broker
        ports = broker.remembered()["ports"]
        command = [str(CTL), "-n", "hikyaku@localhost", *words]
        await asyncio.to_thread(subprocess.run, command, env=broker._environment(ports), check=True, capture_output=True)

    async def management(self, method: str, path: str, body: Any = None) -> Any:
        """The broker's management API; `{vhost}` in the path is the shop's. Raises httpx.HTTPStatusError."""
        url = URL(self.broker.management())
        auth = (url.user or "", url.password or "")
        async with httpx.AsyncClient(base_url=str(url.with_user(None)), auth=auth, trust_env=False, timeout=10) as client:
            answer = await client.request(method, f"/api/{path.format(vhost=self.shop.settings.namespace)}", json=body)
            answer.raise_for_status()
            return answer.json() if answer.content else None

    # Database

    async def kill_database(self) -> None:
        self._signal(Postgres(self.home), signal.SIGKILL)

    async def stop_database(self) -> None:
        """`immediate`: sessions are cut and the log is replayed at the next start."""
        self._signal(Postgres(self.home), signal.SIGQUIT)

    async def execute(self, sql: str) -> str:
        connection = await asyncpg.connect(self.home_address, timeout=10)
        try:
            return str(await connection.execute(sql))
        finally:
            await connection.close()

    @property
    def home_address(self) -> str:
        return Postgres(self.home).address()

    async def start_again(self, name: str) -> None:
        """The same server on the same port, with the same data."""
        for _ in range(20):
            try:
                await asyncio.to_thread(services.start, self.home, say=_silent, only=[name])
                return
            except Exception:
                await asyncio.sleep(1)
        raise RuntimeError(f"{name} does not start again")

    # Processes of the shop

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        self.shop.signal(name, number)

    def _signal(self, server: RabbitMQ | Postgres, number: signal.Signals) -> None:
        process = server.process("main")
        if process is not None:
            os.kill(process.pid, number)


@asynccontextmanager
async def opened(folder: Path, servers: Path, seed: int, extra: Mapping[str, str], mode: str = ONE) -> AsyncIterator[World]:
    """Started; in the end stopped and removed, whatever happened. The servers stay for the next scenario."""
    home = Settings(home=servers)
    started = await asyncio.to_thread(services.start, home, say=_silent)
    found = started.settings
    amqp, sql = (Proxy(int(URL(url).port or 0), seed) for url in (found.amqp_url, found.database_url))
    ports = await amqp.start(), await sql.start()
    settings = Settings(
        home=folder / "shop",
        namespace=f"chaos_{secrets.token_hex(3)}",
        amqp_url=str(URL(found.amqp_url).with_port(ports[0])),
        management_url=found.management_url,
        database_url=str(URL(found.database_url).with_port(ports[1])),
    )
    shop = Shop(settings, mode, extra)
    shop.home.mkdir(parents=True, exist_ok=True)
    history = History(folder / "history.jsonl")
    try:
        await asyncio.to_thread(shop.start)
        yield World(home, shop, amqp, sql, history, folder)
    finally:
        history.close()
        await asyncio.to_thread(shop.stop)
        await drop(settings, [*domains.names(), "edge"])
        await amqp.stop()
        await sql.stop()


def _silent(_: str) -> None:
    """Servers start and stop without a word."""
