"""Two edge processes: what one of them hears from the domains, the other knows at once."""

from __future__ import annotations

import asyncio
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest
from yarl import URL

from infra.services import ports
from tests.journeys.client import Client, eventually
from tests.journeys.shop import ONE, Shop

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)


@pytest.fixture
async def second(shop: Shop) -> AsyncIterator[str]:
    """The address of another edge process of the same shop."""
    port = ports.some(1)[0]
    with open(shop.home / "second.log", "wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.cli", "edge", "--port", str(port)], cwd=shop.root, env=shop.environment,
            stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT,
        )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        await eventually(lambda: ready(url), what=(shop.home / "second.log").read_text())
        await eventually(lambda: listening(shop, 2))
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


async def ready(url: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{url}/readyz")).status_code == 200
    except httpx.TransportError:
        return False


def management(shop: Shop) -> httpx.AsyncClient:
    url = URL(shop.settings.management_url)
    login = httpx.BasicAuth(url.user or "guest", url.password or "guest")
    return httpx.AsyncClient(base_url=str(url.with_user(None)).rstrip("/"), auth=login, trust_env=False)


async def listening(shop: Shop, count: int) -> list[str]:
    """The queues of at least so many listeners."""
    async with management(shop) as api:
        queues = (await api.get(f"/api/queues/{shop.settings.namespace}")).json()
    found = [one["name"] for one in queues if one["name"].startswith("edge.listener.")]
    return found if len(found) >= count else []


async def cut(shop: Shop) -> bool:
    """The listeners' connections to the broker, as soon as the broker tells of both."""
    async with management(shop) as api:
        all_of_them = (await api.get(f"/api/vhosts/{shop.settings.namespace}/connections")).json()
        mine = [one["name"] for one in all_of_them if one["client_properties"].get("connection_name") == "edge listener"]
        for name in mine if len(mine) >= 2 else []:
            (await api.delete(f"/api/connections/{quote(name, safe='')}")).raise_for_status()
    return len(mine) >= 2


async def end_of(url: str, customer: Client, operation: str) -> float:
    """When this edge tells the outcome."""
    headers = {**customer.http.headers, "Accept": "text/event-stream"}
    async with (
        httpx.AsyncClient(base_url=url, headers=headers, timeout=20, trust_env=False) as http,
        http.stream("GET", f"{operation}/events") as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and json.loads(line.removeprefix("data: "))["status"] == "succeeded":
                return time.perf_counter()
    raise AssertionError("the stream ended before the operation did")


async def ends(shop: Shop, second: str, admin: Client, customer: Client) -> list[float]:
    """When each edge knew that an order was confirmed, from the moment when it was asked for."""
    sku = await admin.product(quantity=1)
    began = time.perf_counter()
    accepted = await customer.order({sku: 1}, wait=0, payment_method="pay_later")
    operation = accepted.headers["Location"]
    both = await asyncio.gather(*(end_of(url, customer, operation) for url in (shop.url, second)))
    return [one - began for one in both]


async def test_both_edges_tell_an_outcome_at_the_same_moment(shop: Shop, second: str, admin: Client, customer: Client) -> None:
    between = []
    for _ in range(7):
        first, other = await ends(shop, second, admin, customer)
        between.append(abs(first - other))
    print(f"between the edges: median {statistics.median(between) * 1000:.1f} ms, most {max(between) * 1000:.1f} ms")
    assert statistics.median(between) < 0.2, between


async def test_an_edge_that_hears_no_notices_learns_it_all_the_same(
    shop: Shop, second: str, admin: Client, customer: Client
) -> None:
    await eventually(lambda: cut(shop))
    assert max(await ends(shop, second, admin, customer)) < 8
    await eventually(lambda: listening(shop, 2))
