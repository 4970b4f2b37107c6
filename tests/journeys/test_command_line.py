"""What an operator does on the command line, on a shop that runs: stuck sagas, degraded modes, the guided first order."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.conftest import fresh as fresh_settings
from tests.journeys.client import Client, eventually, fresh
from tests.journeys.shop import MANY, Shop, open_shop
from tests.servers import Servers

LIFETIME = 2.0
"""Seconds of a reservation here, so that it can expire before a parcel is arranged."""


@pytest.fixture(scope="module")
def hasty(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    settings = fresh_settings(servers, tmp_path_factory.mktemp("hasty"))
    with open_shop(settings, MANY, {"HIKYAKU_RESERVATION_TTL": str(LIFETIME)}) as opened:
        yield opened


@pytest.fixture
async def manager(hasty: Shop) -> AsyncIterator[Client]:
    client = Client(hasty, "ops", "admin")
    async with client.http:
        yield client


@pytest.fixture
async def buyer(hasty: Shop) -> AsyncIterator[Client]:
    client = Client(hasty, fresh("cust"), "customer")
    async with client.http:
        yield client


def said(shop: Shop, *arguments: str) -> str:
    """What a command printed; asserts that it went well."""
    done = shop.hikyaku(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def mend(shop: Shop, action: str, order_id: str, reason: str) -> str:
    return said(shop, "sagas", action, order_id, "--reason", reason)


def saga(shop: Shop, order_id: str) -> Any:
    return json.loads(said(shop, "sagas", "show", order_id, "--json"))


def stuck(shop: Shop) -> set[str]:
    return {
        one["order_id"]
        for one in json.loads(said(shop, "sagas", "list", "--state", "stuck", "--json"))
        if one["domain"] == "order"
    }


async def expired(hasty: Shop, manager: Client, buyer: Client, count: int) -> list[tuple[str, str]]:
    """So many orders whose reservation expired while shipping slept: their ids and the addresses of their operations."""
    sku = await manager.product(quantity=count, price=500)
    await buyer.deposit(500 * count)
    hasty.signal("shipping", signal.SIGSTOP)
    try:
        answers = [await buyer.order({sku: 1}, wait=0) for _ in range(count)]
        assert {one.status_code for one in answers} == {202}
        placed = [(one.json()["order_id"], one.headers["Location"]) for one in answers]

        async def all_paid() -> bool:
            orders = [await buyer.read(f"/v1/orders/{order_id}") for order_id, _ in placed]
            return all(("charge", "done") in [(step["name"], step["status"]) for step in one["steps"]] for one in orders)

        await eventually(all_paid)
        await asyncio.sleep(LIFETIME + 0.5)
    finally:
        hasty.signal("shipping", signal.SIGCONT)
    for order_id, _ in placed:
        await buyer.becomes(order_id, "needs_attention")
    return placed


@pytest.mark.req("S3-52")
async def test_stuck_sagas_are_listed_retried_skipped_and_compensated_and_the_customers_operations_close(
    hasty: Shop, manager: Client, buyer: Client
) -> None:
    (one, his), (other, hers) = await expired(hasty, manager, buyer, 2)
    assert {one, other} <= stuck(hasty)
    shown = saga(hasty, one)
    assert (shown["step"], shown["reason"]) == ("confirm_reservation", "reservation_expired")
    assert (await buyer.read(his))["status"] == "pending"

    mend(hasty, "retry", one, "perhaps now")
    assert saga(hasty, one)["state"] == "stuck", "what has expired stays expired"
    assert (await buyer.read(his))["status"] == "pending"

    no = hasty.hikyaku("sagas", "skip", one)
    assert no.returncode == 2 and "say why" in no.stderr
    mend(hasty, "skip", one, "counted by hand")
    closed = await buyer.settled(his)
    assert (closed["status"], closed["result"]["order_id"]) == ("succeeded", one)
    assert ("skip", "counted by hand") in [(e["what"], e["reason"].partition(": ")[2]) for e in saga(hasty, one)["history"]]

    mend(hasty, "compensate", other, "customer called")
    closed = await buyer.settled(hers)
    assert (closed["status"], closed["problem"]["reason"]) == ("failed", "reservation_expired")
    assert (await buyer.read(f"/v1/orders/{other}"))["status"] == "failed"
    assert await buyer.balance() == 500, "one of the two was paid back"
    assert not {one, other} & stuck(hasty)

    over = hasty.hikyaku("sagas", "retry", other)
    assert over.returncode == 1 and "only a saga that is stuck" in over.stderr
    unknown = hasty.hikyaku("sagas", "show", "nobody")
    assert unknown.returncode == 1 and "no saga" in unknown.stderr


@pytest.mark.req("S3-53")
async def test_a_cancellation_whose_refund_is_declined_waits_for_a_person_and_then_closes(
    hasty: Shop, manager: Client, buyer: Client
) -> None:
    sku = await manager.product(quantity=1)
    order = await buyer.confirmed({sku: 1}, payment_method="card", card_token="tok_no_refund")
    wish = await buyer.post(f"/v1/orders/{order['order_id']}/cancellations", wait=0)
    assert (await buyer.becomes(order["order_id"], "needs_attention"))["reason"] == "refund_declined"

    mend(hasty, "skip", order["order_id"], "refunded by bank transfer")
    assert (await buyer.settled(wish.headers["Location"]))["status"] == "succeeded"
    await buyer.becomes(order["order_id"], "cancelled")


async def test_a_mode_is_set_shown_and_taken_by_the_next_order(hasty: Shop, manager: Client, buyer: Client) -> None:
    sku = await manager.product(quantity=5)
    try:
        assert "payment: operator, open." in said(hasty, "modes", "set", "payment", "--mode", "operator", "--open")
        shown = {one["participant"]: one for one in json.loads(said(hasty, "modes", "show", "--json"))}
        assert (shown["payment"]["mode"], shown["payment"]["state"]) == ("operator", "open")
        assert "payment" in said(hasty, "modes", "show")

        async def degraded() -> bool:
            return "pay_later" in (await buyer.confirmed({sku: 1}))["modes"]

        await eventually(degraded)
    finally:
        said(hasty, "modes", "set", "payment", "--mode", "automatic")
    await buyer.deposit(1000)
    assert (await buyer.confirmed({sku: 1}))["modes"] == []
    assert hasty.hikyaku("modes", "set", "weather", "--mode", "off").returncode == 2


async def test_the_guided_first_order_comes_to_its_end(hasty: Shop) -> None:
    walk = said(hasty, "try")
    assert "curl" in walk and "confirmed" in walk and "cancelled" in walk


def test_nothing_is_dropped_where_nobody_can_be_asked(hasty: Shop) -> None:
    refused = hasty.hikyaku("migrate", "--anew")
    assert refused.returncode == 2
    assert "--yes" in refused.stderr and "Traceback" not in refused.stderr
