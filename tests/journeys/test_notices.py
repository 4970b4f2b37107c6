"""What a customer is told, and that nobody else reads it (S2-11, X-4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.client import Client, eventually, fresh
from tests.journeys.shop import ONE, Shop


async def told(reader: Client, user_id: str, kind: str) -> Any:
    async def there() -> Any:
        page = await reader.read(f"/v1/users/{user_id}/notifications")
        return next((one for one in page["items"] if one["kind"] == kind), None)

    return await eventually(there, what=f"{user_id} is told {kind}")


@pytest.mark.req("S2-11", "X-4")
async def test_a_customer_is_told_that_the_parcel_is_on_its_way(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=1, price=300)
    await customer.deposit(300)
    order = await customer.confirmed({sku: 1})
    for _ in range(2):
        await admin.done(f"/v1/shipments/{order['shipment']['shipment_id']}/events", {"status": "picked_up"})
    notice = await told(customer, customer.subject, "order_shipped")

    assert notice["link"] == f"/v1/orders/{order['order_id']}" and order["order_id"] in notice["text"]["ja"]
    mine = f"/v1/users/{customer.subject}/notifications"
    page = await customer.read(mine)
    assert (len(page["items"]), page["unread"], page["next_cursor"]) == (1, 1, None)
    for _ in range(2):
        await customer.done(f"{mine}/{notice['notification_id']}/read")
    page = await customer.read(mine)
    assert page["unread"] == 0 and page["items"][0]["read_at"]
    assert (await customer.read(f"{mine}?unread=true"))["items"] == []


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-73", "S2-11")
async def test_a_history_is_its_owners_alone(shop: Shop, admin: Client, customer: Client) -> None:
    failed = await customer.order({await admin.product(quantity=1, price=300): 1})
    assert failed.status_code == 409
    notice = await told(admin, customer.subject, "order_failed")
    mine = f"/v1/users/{customer.subject}/notifications"
    other = Client(shop, fresh("cust"), "customer")
    async with other.http:
        assert (await other.get(mine)).status_code == 404
        assert (await other.post(f"{mine}/{notice['notification_id']}/read")).status_code == 404
        theirs = await other.post(f"/v1/users/{other.subject}/notifications/{notice['notification_id']}/read")
        assert (theirs.status_code, theirs.json()["reason"]) == (422, "unknown_notification")
    assert (await customer.read(mine))["unread"] == 1


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.parametrize(
    ("query", "field"), [("cursor=abc", "cursor"), ("limit=0", "limit"), ("limit=201", "limit"), ("unread=maybe", "unread")]
)
async def test_a_bad_page_is_named(customer: Client, query: str, field: str) -> None:
    answer = await customer.get(f"/v1/users/{customer.subject}/notifications?{query}")
    assert answer.status_code == 422 and field in answer.text
