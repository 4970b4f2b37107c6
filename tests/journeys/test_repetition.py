"""The same request again: one operation, one effect, one answer (S3-57, S3-58)."""

from __future__ import annotations

import asyncio

import pytest

from tests.journeys.client import Client, fresh, yen
from tests.journeys.shop import ONE

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)


@pytest.mark.req("S3-57")
async def test_twenty_equal_orders_at_once_are_one(admin: Client, customer: Client) -> None:
    sku, key = await admin.product(quantity=50, price=100), fresh("key")
    await customer.deposit(10_000)

    answers = await asyncio.gather(*(customer.order({sku: 2}, key=key, wait=20 * (n % 2)) for n in range(20)))

    assert {one.status_code for one in answers} <= {200, 202}
    assert len({(one.json()["operation_id"], one.json()["order_id"]) for one in answers}) == 1
    await customer.becomes(answers[0].json()["order_id"], "confirmed")
    assert await customer.stock(sku) == (48, 0, 48)
    assert await customer.balance() == 9800


@pytest.mark.req("S3-57")
async def test_a_key_belongs_to_one_body_one_caller_and_one_route(admin: Client, customer: Client) -> None:
    key, path = fresh("key"), f"/v1/wallets/{customer.subject}/deposits"

    first = await customer.post(path, yen(100), key=key)
    again = await customer.post(path, {"currency": "JPY", "amount": 100}, key=key)
    other = await customer.post(path, yen(200), key=key)
    by_admin = await admin.post(path, yen(100), key=key)

    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["operation_id"] == first.json()["operation_id"]
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert other.status_code == 422 and other.json()["type"] == "/problems/idempotency-key-reused"
    assert by_admin.json()["operation_id"] != first.json()["operation_id"]
    assert await customer.balance() == 200


@pytest.mark.req("S3-57")
async def test_orders_deposits_and_refunds_need_a_key(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1)
    answers = [
        await customer.order({sku: 1}, key=""),
        await customer.post(f"/v1/wallets/{customer.subject}/deposits", yen(1), key=""),
        await admin.post(f"/v1/payments/{fresh()}/refunds", yen(1), key=""),
    ]

    assert [one.status_code for one in answers] == [400, 400, 400]
    assert {one.json()["type"] for one in answers} == {"/problems/idempotency-key-required"}


@pytest.mark.req("S3-57")
async def test_a_refused_request_may_be_corrected_under_its_key(customer: Client) -> None:
    key, path = fresh("key"), f"/v1/wallets/{customer.subject}/deposits"

    assert (await customer.post(path, yen(0), key=key)).status_code == 422
    assert (await customer.post(path, yen(70), key=key)).status_code == 200
    assert await customer.balance() == 70
