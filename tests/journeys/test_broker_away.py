"""The broker stops: the edge still accepts, and everything is decided when it is back. On a broker of our own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from infra import services
from infra.settings import Settings
from tests.conftest import fresh as fresh_settings
from tests.journeys import books
from tests.journeys.client import Client, eventually, fresh
from tests.journeys.shop import ONE, Shop, open_shop
from tests.journeys.test_kills import balanced, decided
from tests.journeys.test_reservations import wish
from tests.servers import Servers

BROKER = ("rabbitmq",)
HOLD = 6
"""Seconds for which this shop holds stock."""


@pytest.fixture(scope="module")
def private(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings whose RabbitMQ is a private one, and runs."""
    settings = fresh_settings(servers, tmp_path_factory.mktemp("island"))
    settings = settings.model_copy(update={"amqp_url": "", "management_url": ""})
    services.start(settings, say=print, only=BROKER)
    yield settings
    services.stop(settings, BROKER, say=print)


@pytest.fixture(scope="module")
def island(private: Settings) -> Iterator[Shop]:
    with open_shop(services.resolve(private), ONE, {"HIKYAKU_RESERVATION_TTL": str(HOLD)}) as opened:
        yield opened


@pytest.fixture
async def clients(island: Shop) -> AsyncIterator[tuple[Client, Client]]:
    """An admin and a customer."""
    admin, customer = Client(island, "ops", "admin"), Client(island, fresh("cust"), "customer")
    async with admin.http, customer.http:
        yield admin, customer


@pytest.mark.req("S3-16", "S3-17")
async def test_what_is_not_confirmed_in_time_is_free_again(clients: tuple[Client, Client]) -> None:
    admin, _ = clients
    sku, forgotten, kept = await admin.product(quantity=5), fresh("ORDER"), fresh("ORDER")
    await admin.done("/v1/reservations", wish(forgotten, {sku: 3}))
    await admin.done("/v1/reservations", wish(kept, {sku: 2}))
    await admin.done(f"/v1/reservations/{kept}/confirmation")
    assert await admin.stock(sku) == (3, 3, 0)

    async def free() -> bool:
        return await admin.stock(sku) == (3, 0, 3)

    await eventually(free, HOLD + 6, "the stock is free again")
    assert (await admin.read(f"/v1/reservations/{forgotten}"))["status"] == "expired"
    assert (await admin.read(f"/v1/reservations/{kept}"))["status"] == "confirmed"
    late = await admin.post(f"/v1/reservations/{forgotten}/confirmation")
    assert (late.status_code, late.json()["reason"]) == (409, "reservation_expired")


@pytest.mark.req("S0-72", "S3-84", "S3-50")
async def test_orders_are_accepted_without_a_broker_and_decided_with_it(
    private: Settings, island: Shop, clients: tuple[Client, Client]
) -> None:
    admin, customer = clients
    sku = await admin.product(quantity=20, price=100)
    await customer.deposit(10_000)
    first = await customer.confirmed({sku: 1})

    await asyncio.to_thread(services.stop, private, BROKER, say=print)
    try:
        accepted, slowest = [], 0.0
        for n in range(30):
            began = time.perf_counter()
            accepted.append(await customer.order({sku: 1}, wait=n == 0))
            slowest = max(slowest, time.perf_counter() - began - (n == 0))
        assert {one.status_code for one in accepted} == {202} and slowest < 1
        operation = await customer.read(accepted[0].headers["Location"])
        assert operation["status"] == "pending"
        assert (await customer.get("/readyz")).status_code == 200
        for path, body in (
            (f"/v1/products/{sku}/replenishments", {"quantity": 1, "reason": "receive"}),
            (f"/v1/orders/{first['order_id']}/cancellations", None),
        ):
            assert (await admin.post(path, body, wait=0)).status_code == 202, path
        unanswered = await customer.get(f"/v1/products/{sku}/stock")
        assert unanswered.status_code in (503, 504), unanswered.text
    finally:
        await asyncio.to_thread(services.start, private, say=print, only=BROKER)

    orders = [str(one.json()["order_id"]) for one in accepted]
    ended = await decided(island, orders, 40)
    # 19 pieces were left; one came by the new delivery, one by the cancellation, each before or after the orders.
    assert 19 <= ended["confirmed"] <= 21 and ended["confirmed"] + ended["failed"] == 30
    await customer.becomes(first["order_id"], "cancelled")
    for one in accepted:
        await customer.settled(one.headers["Location"])
    await balanced(island)
    left = 21 - ended["confirmed"]
    assert await customer.stock(sku) == (left, 0, left)
    assert await customer.balance() == 10_000 - 100 * ended["confirmed"]
    assert await books.query(island, "edge", "SELECT bundle FROM pending") == []
