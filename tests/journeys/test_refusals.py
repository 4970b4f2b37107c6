"""Orders that are refused: the reason reaches the customer, and everything done before is undone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.client import TOKYO, Client
from tests.journeys.test_degraded import mode

ADDRESS = {"invalid_address": TOKYO | {"postal_code": "060-0001"}, "undeliverable": TOKYO | {"postal_code": "100-2101"}}


@pytest.fixture(autouse=True)
async def nobody_is_away(admin: Client) -> None:
    """What an earlier journey killed or froze may still be on probation, and orders then take the degraded road."""
    for participant in ("payment", "shipping"):
        await mode(admin, participant, "automatic")


async def refused(customer: Client, items: dict[str, int], status: int, reason: str, **changes: Any) -> dict[str, str]:
    """Every way in which the refusal can be read says the same. Gives the states of the order's steps."""
    answer = await customer.order(items, **changes)
    problem = answer.json()
    assert answer.status_code == status and answer.headers["Content-Type"] == "application/problem+json", answer.text
    assert (problem["status"], problem["reason"]) == ("failed", reason)
    assert problem["title"] and problem["type"].startswith("/problems/")
    order_id = problem["order_id"]
    operation = await customer.read(f"/v1/operations/{problem['operation_id']}")
    assert operation["status"] == "failed"
    assert (operation["problem"]["reason"], operation["problem"]["order_id"]) == (reason, order_id)
    order = await customer.read(f"/v1/orders/{order_id}")
    assert (order["status"], order["reason"]) == ("failed", reason)
    return {step["name"]: step["status"] for step in order["steps"]}


@pytest.mark.req("S3-53", "S3-56")
async def test_too_little_stock_refuses_the_whole_order(admin: Client, customer: Client) -> None:
    enough, short = await admin.product(quantity=10), await admin.product(quantity=2)
    await customer.deposit(100_000)

    steps = await refused(customer, {enough: 1, short: 3}, 409, "insufficient_stock")

    assert steps["reserve"] == "failed" and steps["charge"] in ("waiting", "skipped")
    assert await customer.stock(enough) == (10, 0, 10)
    assert await customer.balance() == 100_000


@pytest.mark.req("S3-53")
async def test_a_product_that_does_not_exist_refuses_the_order(customer: Client) -> None:
    await refused(customer, {"nothing-of-the-kind": 1}, 422, "unknown_product")


@pytest.mark.req("S3-54")
async def test_too_little_money_gives_the_stock_back(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=1000)
    await customer.deposit(2999)

    steps = await refused(customer, {sku: 3}, 409, "insufficient_funds")

    assert (steps["reserve"], steps["charge"]) == ("compensated", "failed")
    assert await customer.stock(sku) == (10, 0, 10)
    assert await customer.balance() == 2999


@pytest.mark.req("S3-54")
async def test_a_declined_card_gives_the_stock_back(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10)

    steps = await refused(customer, {sku: 3}, 409, "card_declined", payment_method="card", card_token="tok_decline")

    assert (steps["reserve"], steps["charge"]) == ("compensated", "failed")
    assert await customer.stock(sku) == (10, 0, 10)


@pytest.mark.req("S3-55", "S3-35")
@pytest.mark.parametrize("reason", ["invalid_address", "undeliverable"])
async def test_an_address_nobody_delivers_to_gives_stock_and_money_back(admin: Client, customer: Client, reason: str) -> None:
    sku = await admin.product(quantity=10, price=700)
    await customer.deposit(5000)

    steps = await refused(customer, {sku: 2}, 422, reason, shipping_address=ADDRESS[reason])

    assert (steps["reserve"], steps["charge"], steps["arrange_shipment"]) == ("compensated", "compensated", "failed")
    assert await customer.stock(sku) == (10, 0, 10)
    assert await customer.balance() == 5000
    statement = await customer.read(f"/v1/wallets/{customer.subject}/entries")
    assert [entry["amount"]["amount"] for entry in statement["items"]] == [1400, -1400, 5000]


@pytest.mark.req("S3-55")
async def test_a_card_is_refunded_when_the_parcel_cannot_be_sent(admin: Client, customer: Client) -> None:
    sku = await admin.product(quantity=10, price=700)
    wish = {"payment_method": "card", "shipping_address": ADDRESS["undeliverable"]}

    steps = await refused(customer, {sku: 2}, 422, "undeliverable", **wish)

    assert steps["charge"] == "compensated"
    assert await customer.stock(sku) == (10, 0, 10)
