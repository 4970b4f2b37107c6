"""The two calls of the seed document, with exactly its JSON (S3-19, S3-45, S3-46)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.journeys.client import Client, fresh
from tests.journeys.shop import ONE

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)


def order(order_id: str, customer_id: str, sku: str, quantity: int = 2) -> dict[str, Any]:
    return {
        "orderId": order_id,
        "customerId": customer_id,
        "items": [{"productId": sku, "productName": "ノート", "quantity": quantity, "unitPrice": 1.0}],
        "totalAmount": 2.0,
        "currency": "JPY",
        "shippingAddress": {
            "postalCode": "100-0001", "prefecture": "東京都", "city": "千代田区", "line1": "千代田1-1",
            "recipient": "山田太郎", "phone": "03-1234-5678",
        },
        "paymentMethod": "wallet",
    }  # fmt: skip


@pytest.mark.req("S3-19", "S3-46", "X-11", "X-12")
async def test_the_order_id_is_the_key_of_a_reservation(admin: Client) -> None:
    sku, order_id = await admin.product(quantity=10), fresh("ORDER")
    body = {"orderId": order_id, "customerId": "CUST-001", "items": [{"productId": sku, "quantity": 4}]}

    answers = await asyncio.gather(*(admin.post("/api/inventory/reserve", body, key="") for _ in range(10)))

    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["operation_id"] for one in answers}) == 1
    assert await admin.stock(sku) == (10, 4, 6)
    other = await admin.post("/api/inventory/reserve", body | {"customerId": "CUST-002"}, key="")
    assert other.status_code == 422


@pytest.mark.req("S3-45", "S3-46", "X-11")
async def test_the_demo_process_is_a_whole_order(admin: Client, customer: Client) -> None:
    sku, order_id = await admin.product(quantity=10, price=300), fresh("ORDER")
    await customer.deposit(1000)
    body = order(order_id, customer.subject, sku)

    first = await customer.post("/orders/demo-process", body, key="")
    again = await customer.post("/orders/demo-process", body, key="", wait=0)

    assert first.status_code == 200, first.text
    assert first.json()["result"]["total"] == {"amount": 600, "currency": "JPY"}, "the client's prices are read by nobody"
    assert again.json()["operation_id"] == first.json()["operation_id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (await customer.read(f"/v1/orders/{order_id}"))["status"] == "confirmed"
    assert await customer.balance() == 400


@pytest.mark.req("S3-45")
async def test_a_customer_can_neither_order_for_another_nor_take_his_order_id(admin: Client, customer: Client) -> None:
    sku, order_id = await admin.product(quantity=10, price=300), fresh("ORDER")
    stranger = await customer.post("/orders/demo-process", order(order_id, "CUST-001", sku), key="")
    assert stranger.status_code in (403, 404, 422)
    theirs = await admin.post("/orders/demo-process", order(order_id, "CUST-001", sku), key="")
    assert theirs.status_code == 409, "CUST-001 has no money"

    mine = await customer.post("/orders/demo-process", order(order_id, customer.subject, sku), key="")

    assert (mine.status_code, mine.json()["reason"]) == (409, "already_exists")
