"""How an operation went, and how things were, over HTTP."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.journeys.client import Client

HOPS = {
    ("command", "order.place-order.v1"), ("command", "inventory.reserve-stock.v1"), ("command", "payment.charge-payment.v1"),
    ("command", "shipping.arrange-shipment.v1"), ("command", "inventory.confirm-reservation.v1"),
    ("event", "inventory.stock-reserved.v1"), ("event", "payment.payment-captured.v1"),
    ("event", "shipping.shipment-arranged.v1"), ("event", "order.order-confirmed.v1"),
}  # fmt: skip


async def recorded(who: Client, path: str, last: str) -> list[dict[str, Any]]:
    """The event store hears of it a moment later."""
    for _ in range(100):
        answer = await who.get(path)
        if answer.status_code == 200 and any(one["type"] == last for one in answer.json()["items"]):
            return list(answer.json()["items"])
        await asyncio.sleep(0.1)
    raise AssertionError(f"{last} never came: {answer.text[:2000]}")


@pytest.mark.req("S2-34", "S2-36", "S2-9")
async def test_the_timeline_of_an_order_is_one_tree(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=500)
    await customer.deposit(5000)
    outcome = (await customer.order({sku: 1})).json()

    items = await recorded(customer, outcome["links"]["timeline"], "order.order-confirmed.v1")

    assert {("event", one["type"]) if one["kind"] == "event" else (one["kind"], one["type"]) for one in items} >= HOPS
    known = {one["id"] for one in items}
    roots = [one for one in items if one["causation"] is None]
    assert [(one["id"], one["type"]) for one in roots] == [(outcome["operation_id"], "order.place-order.v1")]
    assert {one["causation"] for one in items} - {None} <= known
    assert all(one["took_ms"] is not None for one in items if one["kind"] == "command")


@pytest.mark.req("S2-36", "S2-39")
async def test_a_history_is_read_as_it_was(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=500)
    await customer.deposit(5000)
    order = f"/v1/streams/order:{(await customer.order({sku: 1})).json()['order_id']}"

    items = await recorded(customer, order, "order.order-confirmed.v1")

    assert [one["version"] for one in items] == list(range(1, len(items) + 1))
    before = await customer.read(f"{order}?version=1")
    assert [one["version"] for one in before["items"]] == [1]
    then = await customer.get(order, params={"at": items[0]["time"]})
    assert then.json()["items"][0]["event_id"] == items[0]["event_id"]
    early = await customer.get(order, params={"at": "2020-01-01T00:00:00Z"})
    assert early.status_code == 404
    assert (await admin.get(order)).status_code == 200


@pytest.mark.req("S2-36")
async def test_what_is_another_customers_looks_like_nothing(admin: Client, customer: Client) -> None:
    stream = f"/v1/streams/wallet:{customer.subject}-another"
    assert (await customer.get(stream)).status_code == 404
    for bad in ("at=yesterday", "version=0", "limit=201", "cursor=-1", "no=1"):
        answer = await customer.get(f"/v1/streams/order:O-1?{bad}")
        assert answer.status_code == 422 and bad.partition("=")[0] in answer.text, answer.text
    assert (await customer.get("/v1/streams/no such thing")).status_code == 404
    assert (await admin.get("/v1/operations/0199f3a2-5d6c-7abc-8def-0123456789ab/timeline")).status_code == 404
