"""Stock that is held: confirmed, released or expired, whole or not at all (S3-11, S3-15 … S3-17)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.journeys.client import Client, fresh
from tests.journeys.shop import ONE

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)


def wish(order_id: str, items: dict[str, int]) -> dict[str, Any]:
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()]
    return {"order_id": order_id, "customer_id": "CUST-001", "items": lines}


@pytest.mark.req("S3-11", "S3-15")
async def test_a_reservation_is_confirmed_once(admin: Client) -> None:
    sku, order_id = await admin.product(quantity=5), fresh("ORDER")

    await admin.done("/v1/reservations", wish(order_id, {sku: 3}))
    held = await admin.read(f"/v1/reservations/{order_id}")
    assert (held["status"], held["items"]) == ("held", [{"sku": sku, "quantity": 3}])
    assert await admin.stock(sku) == (5, 3, 2)
    for _ in range(2):
        await admin.done(f"/v1/reservations/{order_id}/confirmation")

    assert (await admin.read(f"/v1/reservations/{order_id}"))["status"] == "confirmed"
    assert await admin.stock(sku) == (2, 0, 2)
    late = await admin.post(f"/v1/reservations/{order_id}/release")
    assert (late.status_code, late.json()["reason"]) == (409, "invalid_state")


@pytest.mark.req("S3-11")
async def test_a_reservation_is_released_once(admin: Client) -> None:
    sku, order_id = await admin.product(quantity=5), fresh("ORDER")
    await admin.done("/v1/reservations", wish(order_id, {sku: 3}))

    for _ in range(2):
        await admin.done(f"/v1/reservations/{order_id}/release", {})

    assert await admin.stock(sku) == (5, 0, 5)
    late = await admin.post(f"/v1/reservations/{order_id}/confirmation")
    assert (late.status_code, late.json()["reason"]) == (409, "invalid_state")


@pytest.mark.req("S3-56")
async def test_a_hundred_at_once_never_sell_twice(admin: Client) -> None:
    book, pen = await admin.product(quantity=30), await admin.product(quantity=25, category="pens")

    wishes = (wish(fresh("ORDER"), {book: 1, pen: 1} if n % 2 else {pen: 1, book: 1}) for n in range(100))
    answers = await asyncio.gather(*(admin.post("/v1/reservations", one) for one in wishes))

    assert sorted(one.status_code for one in answers) == [200] * 25 + [409] * 75
    assert await admin.stock(book) == (30, 25, 5)
    assert await admin.stock(pen) == (25, 25, 0)


@pytest.mark.req("S3-12", "S3-14", "S3-18")
async def test_stock_moves_only_as_far_as_nobody_was_promised_it(admin: Client) -> None:
    sku = await admin.product(quantity=5)
    await admin.done("/v1/reservations", wish(fresh("ORDER"), {sku: 4}))
    path = f"/v1/products/{sku}/replenishments"

    taken = await admin.post(path, {"quantity": 2, "reason": "damage"})
    assert (taken.status_code, taken.json()["reason"]) == (409, "insufficient_stock")
    await admin.done(path, {"quantity": 1, "reason": "damage"})

    assert await admin.stock(sku) == (4, 4, 0)
