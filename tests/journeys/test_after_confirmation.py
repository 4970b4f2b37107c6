"""What can happen to a confirmed order: cancelled, picked up, delivered, refunded."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.client import WAIT, Client, fresh, yen

WAY = ("picked_up", "in_transit", "out_for_delivery", "delivered")


async def carried(admin: Client, shipment_id: str, *statuses: str) -> None:
    for status in statuses:
        await admin.done(f"/v1/shipments/{shipment_id}/events", {"status": status})


@pytest.mark.req("S3-53", "S3-54", "S3-55", "S3-42")
async def test_cancelling_before_pick_up_takes_everything_back(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=800)
    await customer.deposit(5000)
    order = await customer.confirmed({sku: 3})

    result = await customer.done(f"/v1/orders/{order['order_id']}/cancellations")

    assert result["status"] == "cancelled"
    after = await customer.read(f"/v1/orders/{order['order_id']}")
    assert after["status"] == "cancelled"
    assert await customer.stock(sku) == (10, 0, 10)
    assert await customer.balance() == 5000
    assert (await customer.read(f"/v1/shipments/{order['shipment']['shipment_id']}"))["status"] == "cancelled"
    assert (await customer.read(f"/v1/payments/{order['payment']['payment_id']}"))["status"] == "refunded"


@pytest.mark.req("S3-57")
async def test_cancelling_ten_times_at_once_refunds_once(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=800)
    await customer.deposit(5000)
    order = await customer.confirmed({sku: 3})

    path = f"/v1/orders/{order['order_id']}/cancellations"
    answers = await asyncio.gather(*(customer.post(path) for _ in range(10)))

    assert 200 in {one.status_code for one in answers} <= {200, 409}
    await customer.becomes(order["order_id"], "cancelled")
    assert await customer.stock(sku) == (10, 0, 10)
    assert await customer.balance() == 5000


@pytest.mark.req("S3-42")
async def test_after_pick_up_it_is_too_late(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=800)
    await customer.deposit(5000)
    order = await customer.confirmed({sku: 3})
    await carried(admin, order["shipment"]["shipment_id"], "picked_up")
    await customer.becomes(order["order_id"], "shipped")

    answer = await customer.post(f"/v1/orders/{order['order_id']}/cancellations")

    assert (answer.status_code, answer.json()["reason"]) == (409, "invalid_state")
    assert (await customer.read(f"/v1/orders/{order['order_id']}"))["status"] == "shipped"
    assert await customer.stock(sku) == (7, 0, 7)
    assert await customer.balance() == 2600


@pytest.mark.req("S3-42")
async def test_a_failed_order_cannot_be_cancelled(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1)
    refused = (await customer.order({sku: 2})).json()["order_id"]

    answer = await customer.post(f"/v1/orders/{refused}/cancellations")

    assert (answer.status_code, answer.json()["reason"]) == (409, "invalid_state")


@pytest.mark.req("S3-31", "S3-33", "S3-42")
async def test_the_carrier_brings_it_to_the_customer(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1)
    await customer.deposit(500)
    order = await customer.confirmed({sku: 1})
    shipment_id = order["shipment"]["shipment_id"]

    await carried(admin, shipment_id, *WAY)

    assert (await customer.becomes(order["order_id"], "delivered"))["shipment"]["status"] == "delivered"
    shipment = await customer.read(f"/v1/shipments/{shipment_id}")
    assert [step["status"] for step in shipment["history"]][-4:] == list(WAY)
    assert shipment["shipped_at"] and shipment["delivered_at"]


@pytest.mark.req("S3-31", "S3-36")
async def test_carrier_events_may_come_twice_and_backwards(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1)
    await customer.deposit(500)
    order = await customer.confirmed({sku: 1})
    shipment_id, start = order["shipment"]["shipment_id"], datetime.now(UTC)
    path = f"/v1/shipments/{order['shipment']['tracking_number']}/events"
    events = [
        {"status": status, "event_id": fresh("scan"), "at": (start + timedelta(minutes=n)).isoformat()}
        for n, status in enumerate(WAY)
    ]

    for event in (*reversed(events), *events):
        await admin.done(path, event)

    await customer.becomes(order["order_id"], "delivered")
    shipment = await customer.read(f"/v1/shipments/{shipment_id}")
    assert shipment["status"] == "delivered" and len(shipment["history"]) <= 5


@pytest.mark.req("S3-21")
async def test_refunds_go_up_to_what_was_captured_and_no_further(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=1000)
    await customer.deposit(3000)
    order = await customer.confirmed({sku: 3})
    path = f"/v1/payments/{order['payment']['payment_id']}"

    first = await admin.done(f"{path}/refunds", yen(400))
    assert first["status"] == "partially_refunded" and await customer.balance() == 400
    too_much = await admin.post(f"{path}/refunds", yen(2601))
    assert (too_much.status_code, too_much.json()["reason"]) == (409, "exceeds_captured")
    other = await admin.post(f"{path}/refunds", {"amount": 1, "currency": "USD"})
    assert (other.status_code, other.json()["reason"]) == (422, "currency_mismatch")
    rest = await admin.done(f"{path}/refunds", yen(2600))

    assert rest["status"] == "refunded" and await customer.balance() == 3000
    assert (await customer.read(path))["refunded"] == yen(3000)


@pytest.mark.req("S3-21")
async def test_refunds_at_once_share_what_is_there(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=1000)
    await customer.deposit(1000)
    order = await customer.confirmed({sku: 1})
    path = f"/v1/payments/{order['payment']['payment_id']}/refunds"

    answers = await asyncio.gather(*(admin.post(path, yen(300)) for _ in range(8)))

    assert sorted(one.status_code for one in answers) == [200] * 3 + [409] * 5
    assert await customer.balance() == 900


@pytest.mark.req("S3-21")
async def test_a_card_is_refunded_through_its_provider(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=1000)
    order = await customer.confirmed({sku: 1}, payment_method="card")
    stubborn = await customer.confirmed({sku: 1}, payment_method="card", card_token="tok_no_refund")

    done = await admin.done(f"/v1/payments/{order['payment']['payment_id']}/refunds", yen(250), wait=WAIT)
    no = await admin.post(f"/v1/payments/{stubborn['payment']['payment_id']}/refunds", yen(250))

    assert done["status"] == "partially_refunded"
    assert (no.status_code, no.json()["reason"]) == (409, "card_declined")
