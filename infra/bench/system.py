"""accept, order, query: the whole system as `hikyaku up` starts it, over HTTP. start: how long that takes, how big it is."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import orjson

from infra import services
from infra.bench import Figure
from infra.bench.http import Exchange, Outcome, load, request
from infra.bench.place import ROOT, environment
from infra.bench.spending import spent
from infra.provision import credentials, drop
from infra.settings import Settings

ADDRESS = {
    "postal_code": "100-0001", "prefecture": "JP-13", "city": "千代田区", "line1": "1-1", "recipient": "見本",
    "phone": "03-1234-5678",
}  # fmt: skip


@dataclass(slots=True)
class Running:
    """The system at work: where it is, and tokens for it."""

    settings: Settings
    servers: Path
    port: int
    admin: str
    started: float

    def rows(self, domain: str) -> str:
        return credentials(self.settings, domain).owner_dsn

    def busy(self) -> dict[str, float]:
        """CPU seconds so far, by who used them."""
        known = json.loads((self.settings.folder / "hikyaku.json").read_text())["processes"]
        return spent({one["name"]: one["pid"] for one in known}, self.servers)

    async def one(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """A request that must succeed; Prefer: wait=20 for what takes time."""
        _, exchange = await asyncio.get_running_loop().create_connection(Exchange, "127.0.0.1", self.port)
        headers = {"Prefer": "wait=20", "Idempotency_Key": secrets.token_hex(8)}
        status, answer = await exchange.ask(request(method, path, self.admin, body, **headers))
        if status != 200:
            raise RuntimeError(f"{method} {path} answered {status}: {answer[:300]!r}")
        found: dict[str, object] = orjson.loads(answer)
        return found


@asynccontextmanager
async def running(settings: Settings, say: Callable[[str], None]) -> AsyncIterator[Running]:
    """Raises RuntimeError with the last lines of the log when it does not start."""
    started = await asyncio.to_thread(services.start, settings, say=say)
    home = settings.folder / "bench"
    mine = started.settings.model_copy(update={"namespace": f"bench{secrets.token_hex(3)}", "home": home})
    began = time.perf_counter()
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "infra.cli", "up", cwd=ROOT, env=environment(mine),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        printed = []
        async with asyncio.timeout(60):
            while line := (await child.stdout.readline()).decode():
                printed.append(line)
                if line.startswith("Hikyaku is ready"):
                    break
            else:
                raise RuntimeError("it did not start:\n" + "".join(printed[-10:]))
        took = time.perf_counter() - began
        known = json.loads((home / "hikyaku.json").read_text())
        token = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "infra.cli", "token", "--subject", "bench", "--role", "admin",
            cwd=ROOT, env=environment(mine), stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        admin = (await token.communicate())[0].decode().strip()
        yield Running(mine, settings.folder, int(known["url"].rsplit(":", 1)[1]), admin, took)
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGINT)
        await child.wait()
        await drop(mine, ["inventory", "order", "payment", "shipping", "edge"])
        await asyncio.to_thread(services.stop, settings, started.names, say=say)


async def shop(here: Running, say: Callable[[str], None], skus: int, customers: int) -> None:
    """Products with stock without end, customers with money without end."""
    say(f"  {skus} products, {customers} customers")
    for n in range(skus):
        product = {"sku": f"S{n}", "name": f"Product {n}", "category": f"c{n % 10}", "low_stock_threshold": 0}
        await here.one("POST", "/v1/products", product | {"unit_price": {"amount": 100 + n, "currency": "JPY"}})
        await here.one("POST", f"/v1/products/S{n}/replenishments", {"quantity": 500_000, "reason": "receive"})
    for n in range(customers):
        await here.one("POST", f"/v1/wallets/B{n}/deposits", {"amount": 100_000_000, "currency": "JPY"})


def orders(here: Running, count: int, skus: int, customers: int, **headers: str) -> Iterator[bytes]:
    for n in range(count):
        body = {
            "customer_id": f"B{n % customers}", "items": [{"sku": f"S{n * 7 % skus}", "quantity": 1 + n % 3}],
            "shipping_address": ADDRESS, "payment_method": "wallet",
        }  # fmt: skip
        yield request("POST", "/v1/orders", here.admin, body, Idempotency_Key=secrets.token_hex(8), **headers)


async def accept(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """6,000 deposits accepted as fast as they come on 64 connections, and how long until all of them are decided."""
    async with running(settings, say) as here:
        await here.one("POST", "/v1/wallets/B0/deposits", {"amount": 1, "currency": "JPY"})
        count = 6_000
        say(f"  {count} deposits")
        bodies = (
            request("POST", f"/v1/wallets/B{n % 500}/deposits", here.admin, {"amount": 1, "currency": "JPY"},
                    Idempotency_Key=secrets.token_hex(8)) for n in range(count)
        )  # fmt: skip
        began = time.perf_counter()
        outcome = await load("127.0.0.1", here.port, bodies, 64)
        connection = await asyncpg.connect(here.rows("edge"))
        async with asyncio.timeout(120):
            while await connection.fetchval("SELECT count(*) FROM operation WHERE status = 'pending'"):
                await asyncio.sleep(0.1)
        absorbed = time.perf_counter() - began
        await connection.close()
    bad = count - outcome.statuses[202]
    told = f"64 connections, {count} requests, workers absorbing meanwhile; {dict(outcome.statuses)}"
    return [
        Figure("accept", outcome.rate, "req/s", "1,000", "2,000", told),
        Figure("accept p95", outcome.percentile(95) * 1e3, "ms", "500", "", told),
        Figure("accept p99", outcome.percentile(99) * 1e3, "ms", "1,000", "100", told),
        Figure("accept, refused or lost", bad / count * 100, "%", "0.1", "", told),
        Figure("accept, decided", count / absorbed, "commands/s", "", "", "from the first request to the last decision"),
    ]


async def order(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """Whole sagas: first as many as go, then at 60 a second with every caller waiting for the outcome."""
    async with running(settings, say) as here:
        await shop(here, say, 50, 100)
        await load("127.0.0.1", here.port, orders(here, 100, 50, 100, Prefer="wait=20"), 10)
        count = 2_000
        say(f"  {count} orders as fast as they go")
        before = here.busy()
        flat = await load("127.0.0.1", here.port, orders(here, count, 50, 100, Prefer="wait=25"), 100)
        used = ", ".join(f"{name} {(here.busy()[name] - was) / count * 1e3:.1f}" for name, was in before.items())
        say("  600 orders at 60 per second")
        paced = await load("127.0.0.1", here.port, orders(here, 600, 50, 100, Prefer="wait=25"), 80, rate=60)
    told = f"100 callers who wait; {dict(flat.statuses)}; CPU ms per order: {used}"
    slow = f"60/s for 10 s; {dict(paced.statuses)}"
    return [
        Figure("order", _succeeded(flat), "orders/s", "120", "200", told),
        Figure("order p50 at 60/s", paced.percentile(50) * 1e3, "ms", "", "", slow),
        Figure("order p95 at 60/s", paced.percentile(95) * 1e3, "ms", "500", "", slow),
    ]


def _succeeded(outcome: Outcome) -> float:
    return outcome.statuses[200] / outcome.took


async def query(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """Stock, which is never cached, through the broker; and a product from the cache."""
    async with running(settings, say) as here:
        await shop(here, say, 20, 1)
        figures = []
        for name, path, must, aim, count in (
            ("query through the broker", "/v1/products/S{}/stock", "1,000", "1,500", 4_000),
            ("query cached", "/v1/products/S{}", "2,500", "4,000", 10_000),
        ):
            say(f"  {count} of {path}")
            turns = itertools.cycle(request("GET", path.format(n), here.admin) for n in range(20))
            outcome = await load("127.0.0.1", here.port, itertools.islice(turns, count), 32)
            told = f"32 connections; p99 {outcome.percentile(99) * 1e3:.0f} ms; {dict(outcome.statuses)}"
            figures.append(Figure(name, outcome.rate, "req/s", must, aim, told))
    return figures


async def start(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """The servers run already; everything else from nothing, then the size of the process with all groups."""
    async with running(settings, say) as here:
        known = json.loads((here.settings.folder / "hikyaku.json").read_text())
        sizes = {one["name"]: _resident(one["pid"]) for one in known["processes"]}
    told = ", ".join(f"{name} {size:.0f} MB" for name, size in sizes.items())
    return [
        Figure("start", here.started, "s", "15", "8", "servers running, new namespace"),
        Figure("all groups in one process", sizes["workers"], "MB", "400", "250", told),
    ]


def _resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
