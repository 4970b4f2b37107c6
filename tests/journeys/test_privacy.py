"""Customers see what is theirs; for everybody else it does not exist."""

from __future__ import annotations

import pytest

from tests.journeys.client import Client, fresh, yen
from tests.journeys.shop import ONE, Shop

pytestmark = pytest.mark.parametrize("shop", [ONE], indirect=True)


@pytest.mark.req("S3-73", "S0-81")
async def test_what_belongs_to_another_is_not_found(shop: Shop, admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=5)
    await customer.deposit(1000)
    answer = await customer.order({sku: 1})
    order = await customer.read(f"/v1/orders/{answer.json()['order_id']}")
    operation = f"/v1/operations/{answer.json()['operation_id']}"
    reads = [
        f"/v1/orders/{order['order_id']}",
        f"/v1/orders?customer_id={customer.subject}",
        f"/v1/payments/{order['payment']['payment_id']}",
        f"/v1/shipments/{order['shipment']['shipment_id']}",
        f"/v1/shipments/{order['shipment']['tracking_number']}",
        f"/v1/reservations/{order['order_id']}",
        f"/v1/wallets/{customer.subject}",
        f"/v1/wallets/{customer.subject}/entries",
        operation,
        f"{operation}/events",
    ]
    other = Client(shop, fresh("cust"), "customer")
    async with other.http:
        for path in reads:
            theirs, missing = await other.get(path), await other.get(path.replace(customer.subject, fresh("cust")))
            assert (theirs.status_code, missing.status_code) == (404, 404), path
            assert theirs.json()["type"] == "/problems/not-found"
            assert (await customer.get(path)).status_code == 200, path
        writes = [
            (f"/v1/orders/{order['order_id']}/cancellations", None),
            (f"/v1/wallets/{customer.subject}/deposits", yen(5)),
        ]
        for path, body in writes:
            assert (await other.post(path, body)).status_code == 404, path
        in_her_name = await other.order({sku: 1}, customer_id=customer.subject)
        assert in_her_name.status_code in (403, 404, 422), in_her_name.text
        assert [one["order_id"] for one in (await other.read("/v1/orders"))["items"]] == []
    assert (await customer.read(f"/v1/orders/{order['order_id']}"))["status"] == "confirmed"
    assert await customer.balance() == 500


@pytest.mark.req("S3-72")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/products", {"sku": "x", "name": "x", "category": "x", "unit_price": yen(1), "low_stock_threshold": 0}),
        ("/v1/products/x/replenishments", {"quantity": 1, "reason": "receive"}),
        ("/v1/reservations", {"order_id": "x", "customer_id": "x", "items": [{"sku": "x", "quantity": 1}]}),
        ("/v1/reservations/x/confirmation", None),
        ("/v1/reservations/x/release", None),
        ("/v1/payments/x/refunds", yen(1)),
        ("/v1/shipments/x/events", {"status": "delivered"}),
    ],
)
async def test_what_only_an_admin_may_do(customer: Client, path: str, body: object) -> None:
    answer = await customer.post(path, body)
    assert answer.status_code == 403 and answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.req("S3-72")
async def test_bad_tokens_are_refused_on_every_route(shop: Shop, customer: Client) -> None:
    good = shop.token("ops", "admin")
    head, payload, signature = good.split(".")
    tampered = f"{head}.{payload[:-2]}AA.{signature}"
    for token in (
        "",
        "Bearer",
        "Bearer x",
        f"Bearer {tampered}",
        f"Bearer {head}.{payload}.",
        f"Basic {good}",
        "Bearer " + "a" * 9000,
    ):
        for path in ("/v1/orders", "/v1/products", "/v1/modes"):
            answer = await customer.http.get(path, headers={"Authorization": token})
            assert answer.status_code == 401, (token[:20], answer.text)
