"""How a customer follows what she asked for: operations, streams, and lists that are never behind her."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.journeys.client import Client, yen
from tests.journeys.shop import ONE, Shop

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)


async def stream(customer: Client, operation: str) -> list[dict[str, Any]]:
    """The data of every event until the server ends the stream."""
    events = []
    async with customer.http.stream("GET", f"{operation}/events", headers={"Accept": "text/event-stream"}) as answer:
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/event-stream")
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                events.append(json.loads(line.removeprefix("data: ")))
    return events


@pytest.mark.req("S3-44")
async def test_a_stream_ends_with_the_outcome(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=2)
    await customer.deposit(1000)
    accepted = await customer.order({sku: 1}, wait=0)

    during = await asyncio.wait_for(stream(customer, accepted.headers["Location"]), 20)
    after = await asyncio.wait_for(stream(customer, accepted.headers["Location"]), 5)

    assert during[-1]["status"] == after[-1]["status"] == "succeeded"
    assert during[-1]["result"]["status"] == "confirmed"
    assert len(after) == 1 and len(during[-1]["steps"]) == len(after[0]["steps"])


@pytest.mark.req("S3-44")
async def test_fifty_watchers_of_one_order_all_hear_the_end(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=2)
    accepted = await customer.order({sku: 3}, wait=0)
    operation = accepted.headers["Location"]
    limits = httpx.Limits(max_connections=60)
    async with httpx.AsyncClient(
        base_url=customer.shop.url, headers=customer.http.headers, limits=limits, trust_env=False
    ) as http:
        watcher = Client(customer.shop, customer.subject, "customer")
        await watcher.http.aclose()
        watcher.http = http
        heard = await asyncio.wait_for(asyncio.gather(*(stream(watcher, operation) for _ in range(50))), 25)

    assert {events[-1]["problem"]["reason"] for events in heard} == {"insufficient_stock"}


@pytest.mark.req("S3-44")
async def test_a_socket_tells_the_outcome_as_well(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=2)
    accepted = await customer.order({sku: 1}, wait=0, payment_method="pay_later")
    ticket = (await customer.http.post("/v1/socket-tickets")).json()
    channel = f"operation:{accepted.json()['operation_id']}"

    async with asyncio.timeout(20), connect(f"{customer.shop.url.replace('http', 'ws')}{ticket['links']['socket']}") as socket:
        await socket.send(json.dumps({"type": "subscribe", "channel": channel}))
        told = [json.loads(await socket.recv())]
        while told[-1]["type"] != "ended":
            told.append(json.loads(await socket.recv()))

    assert told[-2]["data"]["result"]["status"] == "confirmed"
    assert [one["sequence"] for one in told[:-1]] == sorted({one["sequence"] for one in told[:-1]})


@pytest.mark.req("S3-81")
async def test_operations_and_orders_are_read_quickly(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=2)
    accepted = await customer.order({sku: 1}, wait=0, payment_method="pay_later")
    await customer.settled(accepted.headers["Location"])

    for path in (accepted.headers["Location"], accepted.json()["links"]["order"], f"/v1/products/{sku}/stock"):
        times = []
        for _ in range(60):
            began = time.perf_counter()
            await customer.read(path)
            times.append(time.perf_counter() - began)
        assert statistics.quantiles(times, n=20)[-1] < 0.5, (path, max(times))


@pytest.mark.req("S3-66", "S3-56")
async def test_a_customer_sees_her_own_new_order_at_once(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=20)
    for n in range(1, 6):
        accepted = await customer.order({sku: 1}, payment_method="pay_later", wait=20 * (n % 2))
        one = await customer.read(f"/v1/orders/{accepted.json()['order_id']}")
        assert one["order_id"] == accepted.json()["order_id"]
        if n % 2:
            mine = await customer.read("/v1/orders")
            assert mine["items"][0]["order_id"] == accepted.json()["order_id"]
            assert mine["items"][0]["status"] == "confirmed"
        else:
            await customer.settled(accepted.headers["Location"])
    assert len((await customer.read("/v1/orders"))["items"]) == 5


@pytest.mark.req("S3-66")
async def test_a_list_tells_a_cancellation_at_once(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=20)
    order = await customer.confirmed({sku: 1}, payment_method="pay_later")
    assert (await customer.read("/v1/orders"))["items"][0]["status"] == "confirmed"

    await customer.done(f"/v1/orders/{order['order_id']}/cancellations")

    assert (await customer.read("/v1/orders"))["items"][0]["status"] == "cancelled"


@pytest.mark.req("S3-63", "S3-64", "S0-83")
async def test_a_changed_product_is_shown_changed(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1, price=100)
    body = {"sku": sku, "name": "New name", "category": "books", "unit_price": yen(250), "low_stock_threshold": 0}
    assert (await customer.read(f"/v1/products/{sku}"))["unit_price"] == yen(100)

    await admin.done("/v1/products", body | {"replace": True})

    async with asyncio.timeout(3):
        while (await customer.read(f"/v1/products/{sku}"))["unit_price"] != yen(250):
            await asyncio.sleep(0.02)
    for quantity in (2, 3, 4):
        await admin.done(f"/v1/products/{sku}/replenishments", {"quantity": 1, "reason": "receive"})
        assert await customer.stock(sku) == (quantity, 0, quantity)


@pytest.mark.req("S3-80", "S3-103")
async def test_the_edge_says_how_it_is_and_where_all_metrics_are(shop: Shop, customer: Client) -> None:
    assert (await customer.read("/readyz"))["status"] == "ready"
    assert (await customer.read("/openapi.json"))["openapi"].startswith("3.")
    assert (await customer.read("/asyncapi.json"))["asyncapi"].startswith("3.")
    for page in ("/docs", "/demo"):
        assert "text/html" in (await customer.get(page, headers={"Accept": "text/html"})).headers["Content-Type"]
    targets = await customer.read("/metrics/targets")
    assert {one["labels"]["process"] for one in targets} >= {"workers", "jobs", "edge"}
    for one in targets:
        if one["labels"]["process"] != "provider":
            async with httpx.AsyncClient(trust_env=False) as http:
                assert "hikyaku_" in (await http.get(f"http://{one['targets'][0]}/metrics")).text, one
