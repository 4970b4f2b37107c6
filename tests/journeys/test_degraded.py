"""When a domain is away the shop goes on without it, and makes up for it afterwards (S3-90, S3-92 … S3-94)."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from zlib import crc32

import pytest

from tests.journeys import books
from tests.journeys.client import Client, eventually, fresh
from tests.journeys.shop import MANY, ONE, Shop
from tests.journeys.test_seed_routes import order as seed_order


async def circuit(admin: Client, participant: str, state: str, within: float) -> None:
    async def there() -> bool:
        modes = await admin.read("/v1/modes")
        return any(one["participant"] == participant and one["state"] == state for one in modes["items"])

    await eventually(there, within, f"{participant} is {state}")


async def mode(admin: Client, participant: str, name: str, is_open: bool = False) -> None:
    answer = await admin.http.put(f"/v1/modes/{participant}", json={"mode": name, "open": is_open}, headers={"Prefer": "wait=20"})
    assert answer.status_code == 200, answer.text


@asynccontextmanager
async def opened(admin: Client, participant: str, afterwards: str) -> AsyncIterator[None]:
    """As an operator does it, and closed again whatever happens."""
    await mode(admin, participant, "operator", True)
    try:
        yield
    finally:
        await mode(admin, participant, afterwards)


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-92")
async def test_an_operator_lets_orders_skip_the_stock_check(shop: Shop, admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=2, price=400)
    await customer.deposit(5000)
    async with opened(admin, "inventory", "operator"):
        order = await customer.confirmed({sku: 3})

    assert order["modes"] == ["skip_stock_check"] and order["total"]["amount"] == 1200

    async def reconciled() -> bool:
        return await customer.stock(sku) == (0, 0, 0)

    await eventually(reconciled)
    lacking = "SELECT sku, quantity FROM oversold WHERE order_id = $1"
    assert await books.query(shop, "inventory", lacking, order["order_id"]) == [{"sku": sku, "quantity": 1}]
    await customer.done(f"/v1/orders/{order['order_id']}/cancellations")
    assert await customer.stock(sku) == (2, 0, 2)
    assert await customer.balance() == 5000
    assert await books.query(shop, "inventory", lacking, order["order_id"]) == []


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-94")
async def test_an_operator_lets_parcels_be_sent_by_hand(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=2, price=400)
    await customer.deposit(5000)
    async with opened(admin, "shipping", "automatic"):
        order = await customer.confirmed({sku: 1})

    assert order["modes"] == ["manual_shipping"]

    async def by_hand() -> Any:
        known = await customer.read(f"/v1/orders/{order['order_id']}")
        return known["shipment"].get("shipment_id")

    shipment = await customer.read(f"/v1/shipments/{await eventually(by_hand)}")
    assert (shipment["status"], shipment["tracking_number"]) in (("manual", None), ("manual", ""))
    await admin.done(f"/v1/shipments/{shipment['shipment_id']}/events", {"status": "picked_up"})
    await customer.becomes(order["order_id"], "shipped")


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-90")
async def test_only_an_operator_lets_orders_skip_the_stock_check(admin: Client, customer: Client) -> None:
    await mode(admin, "inventory", "automatic")
    modes = {one["participant"]: one["mode"] for one in (await admin.read("/v1/modes"))["items"]}
    assert modes == {"inventory": "operator", "payment": "automatic", "shipping": "automatic"}
    assert (await customer.http.put("/v1/modes/inventory", json={"mode": "operator", "open": True})).status_code == 403
    assert (await admin.http.put("/v1/modes/weather", json={"mode": "off"})).status_code in (404, 422)


@pytest.mark.parametrize("shop", [MANY], indirect=True)
@pytest.mark.req("S3-90", "S3-93", "S3-94")
async def test_payment_and_shipping_stand_still_and_the_shop_goes_on(shop: Shop, admin: Client, customer: Client) -> None:

    async def heard_of_all() -> bool:
        return len(await books.query(shop, "order", "SELECT domain FROM pulse")) >= 4

    sku = await admin.product(quantity=20, price=400)
    await customer.deposit(400)
    frozen = ("payment", "shipping")
    await eventually(heard_of_all, 20, "everybody was heard")
    for name in frozen:
        shop.signal(name, signal.SIGSTOP)
    try:
        early = (await customer.order({sku: 1}, wait=0)).json()["order_id"]
        for name in frozen:
            await circuit(admin, name, "open", within=30)
        late = await customer.confirmed({sku: 2})
        assert late["modes"] == ["pay_later", "manual_shipping"]
        assert {step["name"]: step["status"] for step in late["steps"]}["charge"] == "skipped"
    finally:
        for name in frozen:
            shop.signal(name, signal.SIGCONT)

    async def made_up_for() -> Any:
        order = await customer.read(f"/v1/orders/{late['order_id']}")
        return order if order["payment"]["status"] == "captured" and order["shipment"].get("shipment_id") else None

    order = await eventually(made_up_for, 20)
    payment = await customer.read(f"/v1/payments/{order['payment']['payment_id']}")
    assert (payment["method"], payment["amount"]["amount"]) == ("pay_later", 800) and payment["due_date"]
    assert (await customer.read(f"/v1/shipments/{order['shipment']['shipment_id']}"))["status"] == "manual"
    # The order that was under way when they stood still was charged late; its parcel may still have met an open breaker.
    assert (await customer.becomes(early, "confirmed"))["modes"] in ([], ["manual_shipping"])
    assert await customer.balance() == 0

    for name in frozen:
        await circuit(admin, name, "half_open", within=25)
    probe = next(one for one in (fresh("ORDER") for _ in range(1000)) if crc32(one.encode()) % 10 == 0)
    await customer.deposit(400)
    result = await customer.done("/orders/demo-process", seed_order(probe, customer.subject, sku, 1), key="")
    assert result["status"] == "confirmed" and result["modes"] == []
    for name in frozen:
        await circuit(admin, name, "closed", within=10)
