"""Cards: answers that get lost, webhooks that come twice and in any order, and forged ones."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from contracts import webhook
from tests.journeys import books
from tests.journeys.client import Client, fresh
from tests.journeys.shop import Shop

HOOK = "/v1/payment-webhooks/local"


def report(payment_id: str, kind: str = "capture.approved", **more: Any) -> bytes:
    """What the provider would send of this payment's capture."""
    now = datetime.now(UTC)
    body = {"event_id": fresh("evt"), "payment_id": payment_id, "request_id": payment_id, "kind": kind, "at": now.isoformat()}
    return json.dumps(body | more).encode()


async def send(shop: Shop, body: bytes, secret: bytes | None = None, at: int = 0) -> httpx.Response:
    signature = webhook.sign(secret or shop.webhook_secret, body, at or int(time.time()))
    headers = {webhook.HEADER: signature, "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=shop.url, trust_env=False) as http:
        return await http.post(HOOK, content=body, headers=headers)


@pytest.mark.req("S3-20", "S3-24")
async def test_a_lost_answer_is_asked_for_again_and_the_order_confirmed(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=3)

    accepted = await customer.order({sku: 1}, wait=0, payment_method="card", card_token="tok_lost")
    order_id = accepted.json()["order_id"]

    operation = await customer.settled(accepted.headers["Location"])
    assert operation["status"] == "succeeded"
    assert "payment.payment-unknown.v1" in [step["name"] for step in operation["steps"]]
    order = await customer.read(f"/v1/orders/{order_id}")
    payment = await customer.read(f"/v1/payments/{order['payment']['payment_id']}")
    assert (order["status"], payment["status"]) == ("confirmed", "captured")
    assert await customer.stock(sku) == (2, 0, 2)


@pytest.mark.req("S3-57")
@pytest.mark.parametrize("card_token", ["tok_slow", "tok_webhook_first"])
async def test_a_webhook_before_the_answer_charges_once(admin: Client, customer: Client, card_token: str) -> None:
    sku = await admin.product(quantity=3, price=900)

    order = await customer.confirmed({sku: 2}, payment_method="card", card_token=card_token)

    payment = await customer.read(f"/v1/payments/{order['payment']['payment_id']}")
    assert (payment["status"], payment["amount"]["amount"]) == ("captured", 1800)


@pytest.mark.req("S3-57", "S3-58")
async def test_repeated_late_and_contradicting_webhooks_change_nothing(shop: Shop, admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=3, price=900)
    order = await customer.confirmed({sku: 1}, payment_method="card")
    payment_id = order["payment"]["payment_id"]
    before = await customer.read(f"/v1/payments/{payment_id}")
    body = report(payment_id, reference=before["transaction_id"])
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

    answers = await asyncio.gather(*(send(shop, body) for _ in range(10)), send(shop, report(payment_id, at=long_ago)))
    late_no = await send(shop, report(payment_id, "capture.declined"))

    assert {one.status_code for one in (*answers, late_no)} == {202}
    await asyncio.sleep(1)
    assert await customer.read(f"/v1/payments/{payment_id}") == before
    entries = await books.query(
        shop, "payment", "SELECT amount FROM entry WHERE reference IN ($1, $2)", payment_id, order["order_id"]
    )
    assert sum(one["amount"] for one in entries) == 0 and len(entries) <= 2


@pytest.mark.req("S3-73")
async def test_only_the_provider_can_report(shop: Shop, admin: Client, customer: Client) -> None:
    body = report(fresh("payment"))

    forged = await send(shop, body, secret=b"not the secret at all, not at all")
    stale = await send(shop, body, at=int(time.time()) - 3600)
    unsigned = await customer.http.post(HOOK, content=body, headers={"Content-Type": "application/json"})
    stranger = await customer.http.post("/v1/payment-webhooks/nobody", content=body, headers={"Content-Type": "application/json"})

    assert [one.status_code for one in (forged, stale, unsigned, stranger)] == [401, 401, 401, 404]
