"""The first order of a customer, from an empty shop to a tracking number."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.journeys.books import query
from tests.journeys.client import TOKYO, Client, eventually, fresh
from tests.journeys.shop import Shop

STEPS = ["reserve", "charge", "arrange_shipment", "confirm_reservation", "confirm_order"]


@pytest.mark.req("S1-84", "S3-40", "S3-41", "S3-44", "S3-52")
async def test_an_order_moves_stock_money_and_a_parcel(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=500)
    await customer.deposit(5000)

    answer = await customer.order({sku: 3})

    assert answer.status_code == 200, answer.text
    outcome = answer.json()
    assert outcome["status"] == "succeeded"
    assert {name: outcome["result"][name] for name in ("order_id", "status", "total")} == {
        "order_id": outcome["order_id"],
        "status": "confirmed",
        "total": {"amount": 1500, "currency": "JPY"},
    }
    order = await customer.read(f"/v1/orders/{outcome['order_id']}")
    assert order["status"] == "confirmed" and order["modes"] == [] and order["reason"] == ""
    assert [(step["name"], step["status"]) for step in order["steps"]] == [(name, "done") for name in STEPS]
    assert await customer.stock(sku) == (7, 0, 7)
    assert await customer.balance() == 3500
    payment = await customer.read(f"/v1/payments/{order['payment']['payment_id']}")
    assert (payment["status"], payment["method"], payment["amount"]["amount"]) == ("captured", "wallet", 1500)
    shipment = await customer.read(f"/v1/shipments/{order['shipment']['shipment_id']}")
    assert shipment["status"] == "arranged" and len(shipment["tracking_number"]) == 12
    assert shipment["recipient"]["recipient"] == "山田太郎" and shipment["prefecture"] == "JP-13"
    assert shipment["estimated_delivery"]
    entries = await customer.read(f"/v1/wallets/{customer.subject}/entries")
    assert [entry["amount"]["amount"] for entry in entries["items"]] == [-1500, 5000]


@pytest.mark.req("S3-41")
async def test_the_total_comes_from_the_master_and_a_sku_on_two_lines_is_one_demand(admin: Client, customer: Client) -> None:
    pen, book = await admin.product(quantity=5, price=120, category="pens"), await admin.product(quantity=5, price=980)
    await customer.deposit(10_000)

    wish = customer.wish({}) | {"items": [{"sku": one, "quantity": 2} for one in (pen, book, pen)]}
    result = await customer.done("/v1/orders", wish)

    assert result["total"] == {"amount": 4 * 120 + 2 * 980, "currency": "JPY"}
    assert await customer.stock(pen) == (1, 0, 1)
    assert await customer.stock(book) == (3, 0, 3)


@pytest.mark.req("S3-20", "S3-21")
@pytest.mark.parametrize("payment_method", ["card", "pay_later"])
async def test_an_order_can_be_paid_without_a_wallet(admin: Client, customer: Client, payment_method: str) -> None:
    sku = await admin.product(quantity=1, price=2500)

    order = await customer.confirmed({sku: 1}, payment_method=payment_method)

    payment = await customer.read(f"/v1/payments/{order['payment']['payment_id']}")
    assert (payment["status"], payment["method"]) == ("captured", payment_method)
    assert (payment["due_date"] is not None) == (payment_method == "pay_later")


@pytest.mark.req("S3-44")
async def test_an_operation_tells_what_happened_on_its_way(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1)
    await customer.deposit(500)

    accepted = await customer.order({sku: 1}, wait=0)

    assert accepted.status_code == 202 and accepted.headers["Location"].startswith("/v1/operations/")
    body = accepted.json()
    assert body["status"] == "pending" and body["links"]["self"] == accepted.headers["Location"]
    operation = await customer.settled(accepted.headers["Location"])
    assert operation["status"] == "succeeded" and operation["problem"] is None
    told = [step["name"] for step in operation["steps"]]
    assert "inventory.stock-reserved.v1" in told and "order.order-placed.v1" in told
    assert (await customer.get(body["links"]["order"])).json()["status"] == "confirmed"


@pytest.mark.req("S3-85")
async def test_one_trace_goes_through_every_domain(shop: Shop, admin: Client, customer: Client) -> None:
    """A caller's trace id stands beside every message that his order led to, with who asked and for what operation."""
    sku = await admin.product(quantity=1, price=100)
    await customer.deposit(100)
    trace = uuid4().hex

    headers = {"traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"}
    answer = await customer.post("/v1/orders", customer.wish({sku: 1}), key=fresh("key"), headers=headers)

    operation = answer.json()["operation_id"]
    sent = "SELECT topic FROM outbox WHERE headers->>'traceparent' LIKE $1 AND headers->>'correlation' = $2"
    for domain in ("edge", "order", "inventory", "payment", "shipping"):
        assert await query(shop, domain, sent, f"00-{trace}-%", operation), domain


@pytest.mark.req("S0-86")
async def test_every_call_of_an_order_is_a_line_that_names_nobody(shop: Shop, admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1, price=100)
    await customer.deposit(100)
    trace = uuid4().hex
    headers = {"traceparent": f"00-{trace}-{uuid4().hex[:16]}-01"}
    await customer.post("/v1/orders", customer.wish({sku: 1}), key=fresh("key"), headers=headers)

    async def written() -> list[dict[str, str]]:
        logs = [shop.log(name) for name in shop.processes if name != "provider"]
        found = [json.loads(line) for log in logs for line in log.splitlines() if trace in line]
        return found if ("order", "shipping") in {(one["service"], one["target"]) for one in found} else []

    found = await eventually(written, 15, "the call to shipping is noted")

    asked = [("edge", "order"), ("order", "inventory"), ("order", "payment"), ("order", "shipping")]
    assert set(asked) <= {(one["service"], one["target"]) for one in found}
    assert {(one["message"], one["user_id"]) for one in found} == {("Cross-service call", customer.subject)}
    assert not [value for value in TOKYO.values() if value in json.dumps(found, ensure_ascii=False)]
