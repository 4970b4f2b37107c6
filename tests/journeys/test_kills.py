"""Processes die in the middle of work; nothing is lost and nothing is done twice."""

from __future__ import annotations

import asyncio
import signal
import time
from contextlib import suppress

import httpx
import pytest

from tests.journeys import books
from tests.journeys.client import TOKYO, Client, eventually, fresh
from tests.journeys.shop import MANY, Shop

pytestmark = pytest.mark.parametrize("shop", [MANY], indirect=True)

WORKERS = ("inventory", "payment", "shipping", "order")


async def placed(customer: Client, wish: dict[str, object], key: str) -> str:
    """The order's id; asked for again under the same key until somebody answers."""
    while True:
        with suppress(httpx.TransportError):
            answer = await customer.post("/v1/orders", wish, key=key, wait=0)
            if answer.status_code == 202:
                return str(answer.json()["order_id"])
            assert answer.status_code == 503, answer.text
        await asyncio.sleep(0.1)


async def decided(shop: Shop, orders: list[str], within: float) -> dict[str, int]:
    """How many orders ended in which way, once all have."""
    sql = "SELECT status, count(*) FROM orders WHERE order_id = ANY($1) AND state IN ('completed', 'compensated') GROUP BY 1"

    async def all_of_them() -> dict[str, int] | None:
        found = {one["status"]: one["count"] for one in await books.query(shop, "order", sql, orders)}
        return found if sum(found.values()) == len(orders) else None

    return await eventually(all_of_them, within, "every order is decided")


async def balanced(shop: Shop, within: float = 20) -> None:
    """Soon after the last order the books are closed as well."""
    end = time.monotonic() + within
    while (told := await books.faults(shop)) and time.monotonic() < end:
        await asyncio.sleep(0.2)
    assert not told, "\n".join(told)


async def paid_from_wallets(shop: Shop, customer: Client) -> int:
    sql = "SELECT coalesce(sum(amount - refunded), 0)::bigint AS sum FROM payment WHERE customer_id = $1 AND method = 'wallet'"
    [paid] = await books.query(shop, "payment", f"{sql} AND status IN ('captured', 'partially_refunded')", customer.subject)
    return int(paid["sum"])


@pytest.fixture(autouse=True)
async def normal(shop: Shop, admin: Client) -> None:
    """No breaker is open from a test before."""
    for participant in ("payment", "shipping"):
        body = {"mode": "automatic", "open": False}
        answer = await admin.http.put(f"/v1/modes/{participant}", json=body, headers={"Prefer": "wait=20"})
        assert answer.status_code == 200, answer.text


@pytest.mark.req("S3-50", "S3-56", "S3-57", "S3-58", "S0-72")
async def test_every_process_is_killed_while_a_hundred_orders_flow(shop: Shop, admin: Client, customer: Client) -> None:
    book, pen = await admin.product(quantity=60, price=300), await admin.product(quantity=1000, price=100, category="pens")
    await customer.deposit(100_000)
    nowhere = TOKYO | {"postal_code": "100-2101"}
    wishes = [
        customer.wish(
            {book: 1, pen: 1} if n % 2 else {pen: 2, book: 1},
            shipping_address=nowhere if n % 10 == 9 else TOKYO,
            payment_method="card" if n % 4 == 0 else "wallet",
        )
        for n in range(100)
    ]

    async def kill() -> None:
        for name in (*WORKERS, "jobs", *WORKERS[:2]):
            with suppress(ProcessLookupError):
                shop.signal(name, signal.SIGKILL)
            await asyncio.sleep(0.4)

    async def order() -> list[str]:
        found = []
        for n in range(0, 100, 5):
            found += await asyncio.gather(*(placed(customer, wish, fresh("key")) for wish in wishes[n : n + 5]))
            await asyncio.sleep(0.1)
        return found

    orders, _ = await asyncio.gather(order(), kill())

    assert shop.said().count("signal SIGKILL") >= 6, "they were killed, and started again"
    ended = await decided(shop, orders, 35)
    assert set(ended) <= {"confirmed", "failed"} and ended["confirmed"] <= 60
    await balanced(shop)
    on_hand, reserved, _ = await customer.stock(book)
    assert (on_hand, reserved) == (60 - ended["confirmed"], 0)
    assert await customer.balance() == 100_000 - await paid_from_wallets(shop, customer)


@pytest.mark.req("S3-57", "S0-72")
async def test_the_edge_is_killed_while_orders_come_in(shop: Shop, admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1000, price=10)
    await customer.deposit(10_000)

    async def kill() -> None:
        await asyncio.sleep(0.15)
        shop.signal("edge", signal.SIGKILL)

    wishes = [customer.wish({sku: 1}) for _ in range(60)]
    *orders, _ = await asyncio.gather(*(placed(customer, wish, fresh("key")) for wish in wishes), kill())

    assert len(set(orders)) == 60
    assert await decided(shop, [str(one) for one in orders], 30) == {"confirmed": 60}
    await balanced(shop)
    mine = await books.query(shop, "order", "SELECT count(*) FROM orders WHERE customer_id = $1", customer.subject)
    assert mine == [{"count": 60}]
    assert await customer.balance() == 10_000 - await paid_from_wallets(shop, customer)


@pytest.mark.req("S3-84", "S0-72")
async def test_workers_are_asked_to_stop_one_by_one_while_orders_flow(shop: Shop, admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1000, price=10)
    await customer.deposit(10_000)

    async def restart() -> None:
        for name in WORKERS:
            shop.signal(name, signal.SIGTERM)
            await asyncio.sleep(0.5)

    async def order() -> list[str]:
        found = []
        for _ in range(10):
            wishes = [customer.wish({sku: 1}) for _ in range(4)]
            found += await asyncio.gather(*(placed(customer, wish, fresh("key")) for wish in wishes))
            await asyncio.sleep(0.2)
        return found

    orders, _ = await asyncio.gather(order(), restart())

    assert await decided(shop, orders, 30) == {"confirmed": 40}
    await balanced(shop)
    assert await customer.stock(sku) == (960, 0, 960)
