"""POST: accepted, repeated, refused before anything is stored."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from contracts.order import PlaceOrder
from edge.rules import Operation
from tests.edge.world import ADMIN, ORDER, World, bearer

pytestmark = pytest.mark.req("S3-57", "S3-58")


async def test_an_order_is_accepted_with_its_operation_and_its_id(world: World) -> None:
    answer = await world.post("/v1/orders", ORDER, key="k1")
    told = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/operations/{told['operation_id']}"
    assert told["status"] == "pending"
    assert told["links"]["order"] == f"/v1/orders/{told['order_id']}"
    command = world.intake.envelopes[0].message
    assert isinstance(command, PlaceOrder)
    assert command.order_id == told["order_id"]


@pytest.mark.req("S3-35", "S3-75")
async def test_who_lives_there_leaves_the_edge_only_inside_a_seal(world: World) -> None:
    await world.post("/v1/orders", ORDER, key="k1")
    body = world.intake.envelopes[0].message.model_dump_json()
    assert '"prefecture":"JP-13"' in body
    assert '"postal_code":"100-0001"' in body
    assert not any(word in body for word in ("山田", "千代田", "9012345678"))


async def test_the_same_key_and_body_are_one_operation(world: World) -> None:
    first = await world.post("/v1/orders", ORDER, key="k1")
    turned: dict[str, Any] = dict(sorted(ORDER.items(), reverse=True))
    second = await world.post("/v1/orders", turned, key="k1")
    assert second.json() == first.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(world.intake.envelopes) == 1


async def test_the_same_key_with_another_body_is_refused(world: World) -> None:
    await world.post("/v1/orders", ORDER, key="k1")
    answer = await world.post("/v1/orders", {**ORDER, "payment_method": "card"}, key="k1")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")


async def test_two_customers_may_use_one_key(world: World) -> None:
    first = await world.post("/v1/orders", ORDER, key="k1")
    other = {**ORDER, "customer_id": "CUST-002"}
    second = await world.post("/v1/orders", other, key="k1", who=bearer("CUST-002"))
    assert first.json()["operation_id"] != second.json()["operation_id"]


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/orders", ORDER), ("/v1/wallets/CUST-001/deposits", {"amount": 5, "currency": "JPY"})]
)
async def test_orders_and_deposits_need_a_key(world: World, path: str, body: Any) -> None:
    answer = await world.post(path, body)
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-required")


@pytest.mark.parametrize("key", ["with blank", "x" * 256, "日本".encode().decode("latin-1")])
async def test_a_key_is_visible_ascii_of_bounded_length(world: World, key: str) -> None:
    headers = [(b"Authorization", bearer()["Authorization"].encode()), (b"Idempotency-Key", key.encode("latin-1"))]
    answer = await world.client.post("/v1/orders", json=ORDER, headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.req("S3-19")
async def test_the_seeds_reservation_has_its_order_id_as_key(world: World) -> None:
    world.answers.by_topic["inventory.get-product.v1"] = b'{"category": "tea"}'
    body = {"orderId": "ORDER-123", "customerId": "CUST-001", "items": [{"productId": "TEA-1", "quantity": 1}]}
    first = await world.post("/api/inventory/reserve", body, who=ADMIN)
    second = await world.post("/api/inventory/reserve", body, who=ADMIN)
    assert first.status_code == second.status_code == 202
    assert first.json() == second.json()
    assert world.intake.envelopes[0].message.partition_key == "tea"


@pytest.mark.req("S3-45")
async def test_the_seeds_order_is_placed_as_the_seed_writes_it(world: World) -> None:
    address = {**ORDER["shipping_address"], "postalCode": "100-0001"}
    del address["postal_code"]
    body = {
        "orderId": "ORDER-123", "customerId": "CUST-001", "paymentMethod": "card", "totalAmount": 1,
        "items": [{"productId": "TEA-1", "quantity": 1, "unitPrice": 1}], "shippingAddress": address,
    }  # fmt: skip
    answer = await world.post("/orders/demo-process", body)
    assert answer.status_code == 202, answer.text
    assert answer.json()["order_id"] == "ORDER-123"


async def closes(world: World, **changes: Any) -> None:
    """What the group does when the outcome has come."""
    while not world.intake.operations:
        await asyncio.sleep(0.005)
    ((identity, operation),) = world.intake.operations.items()
    closed: Operation = replace(operation, **changes)
    world.intake.operations[identity] = closed
    world.edge.waiters.tell([closed])


async def test_who_waits_gets_the_outcome(world: World) -> None:
    outcome = {"order_id": "o", "status": "confirmed", "total": {"amount": 500, "currency": "JPY"}}
    waiting = asyncio.create_task(world.post("/v1/orders", ORDER, key="k1", Prefer="wait=5"))
    await closes(world, status="succeeded", outcome=outcome)
    answer = await waiting
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=5"
    assert answer.json()["status"] == "succeeded"
    assert answer.json()["result"]["total"]["amount"] == 500


@pytest.mark.parametrize(
    ("reason", "status"),
    [("insufficient_stock", 409), ("insufficient_funds", 409), ("invalid_address", 422), ("unheard_of", 409)],
)
async def test_who_waits_is_told_why_it_was_refused(world: World, reason: str, status: int) -> None:
    waiting = asyncio.create_task(world.post("/v1/orders", ORDER, key="k1", Prefer="wait=5"))
    await closes(world, status="failed", reason=reason, outcome={"order_id": "o1", "reason": reason})
    answer = await waiting
    told = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (told["status"], told["reason"], told["order_id"]) == ("failed", reason, "o1")
    assert told["operation_id"]


async def test_who_waits_too_short_gets_202(world: World) -> None:
    answer = await world.post("/v1/orders", ORDER, key="k1", Prefer="wait=1")
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")


async def test_under_pressure_nothing_is_accepted(world: World) -> None:
    world.pressure.why = "too much is waiting to be sent"
    answer = await world.post("/v1/orders", ORDER, key="k1")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert not world.intake.envelopes


async def test_an_import_travels_in_parts_of_one_operation(world: World) -> None:
    text = "sku,name,category,unit_price,currency,low_stock_threshold\n" + "TEA-1,Sencha,tea,500,JPY,5\n" * 1000
    headers = {**ADMIN, "Content-Type": "text/csv"}
    answer = await world.client.post("/v1/product-imports", content=text.encode(), headers=headers)
    assert answer.status_code == 202
    parts: list[Any] = [one.message for one in world.intake.envelopes]
    assert "".join(part.text for part in parts) == text
    assert {one.correlation for one in world.intake.envelopes} == {world.intake.envelopes[0].id}
