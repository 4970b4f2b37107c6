"""Anybody does anything for a while, at random; in the end all books must agree."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from typing import Any

import pytest

from tests.journeys.client import TOKYO, Client, fresh, yen
from tests.journeys.shop import ONE, Shop
from tests.journeys.test_kills import balanced

SECONDS = 15
ADDRESSES = [TOKYO] * 8 + [TOKYO | {"postal_code": "100-2101"}, TOKYO | {"postal_code": "060-0001"}]
WAYS = [("wallet", "")] * 5 + [("pay_later", "")] * 2 + [("card", one) for one in ("", "tok_decline", "tok_webhook_first")]
CARRIER = ("picked_up", "in_transit", "delivered")


class Crowd:
    """A few customers who share a few scarce products. Every refusal is fine; an answer of 5xx is not."""

    def __init__(self, chance: random.Random, admin: Client, customers: list[Client], skus: list[str]) -> None:
        self.chance, self.admin, self.customers, self.skus = chance, admin, customers, skus
        self.orders: list[tuple[Client, str]] = []
        self.answers: Counter[str] = Counter()

    async def act(self) -> None:
        chance = self.chance
        what = chance.choices(["order", "cancel", "refund", "deposit", "restock", "carry"], [10, 3, 2, 3, 2, 2])[0]
        customer = chance.choice(self.customers)
        if what == "order":
            method, token = chance.choice(WAYS)
            items = {sku: chance.randint(1, 4) for sku in chance.sample(self.skus, chance.randint(1, 3))}
            wish: dict[str, Any] = {"payment_method": method, "card_token": token, "shipping_address": chance.choice(ADDRESSES)}
            answer = await customer.order(items, wait=chance.choice((0, 10)), **wish)
            self.orders.append((customer, answer.json()["order_id"]))
        elif what == "deposit":
            answer = await customer.post(f"/v1/wallets/{customer.subject}/deposits", yen(chance.randint(1, 5000)), wait=0)
        elif what == "restock":
            change = {"quantity": chance.randint(1, 9), "reason": chance.choice(("receive", "receive", "damage", "return"))}
            answer = await self.admin.post(f"/v1/products/{chance.choice(self.skus)}/replenishments", change, wait=0)
        elif not self.orders:
            return
        else:
            customer, order_id = chance.choice(self.orders)
            order = await customer.read(f"/v1/orders/{order_id}")
            payment, shipment = (order[part] or {} for part in ("payment", "shipment"))
            if what == "cancel":
                answer = await customer.post(f"/v1/orders/{order_id}/cancellations", wait=chance.choice((0, 5)))
            elif what == "refund" and payment.get("payment_id"):
                path = f"/v1/payments/{payment['payment_id']}/refunds"
                answer = await self.admin.post(path, yen(chance.randint(1, 900)), wait=chance.choice((0, 5)))
            elif what == "carry" and shipment.get("shipment_id"):
                path = f"/v1/shipments/{shipment['shipment_id']}/events"
                answer = await self.admin.post(path, {"status": chance.choice(CARRIER)}, wait=0)
            else:
                return
        assert answer.status_code < 500, (what, answer.status_code, answer.text)
        self.answers[f"{what} {answer.status_code}"] += 1

    async def live(self, until: float) -> None:
        while time.monotonic() < until:
            await self.act()


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-50", "S3-51", "S3-56", "S3-25", "S3-14")
async def test_whatever_happens_the_books_agree(shop: Shop, admin: Client) -> None:
    seed = int(os.environ.get("HIKYAKU_TEST_SEED", random.SystemRandom().randint(0, 10**6)))
    print(f"HIKYAKU_TEST_SEED={seed}")
    skus = [await admin.product(quantity=40, price=70 + 130 * n, category=f"category {n % 3}") for n in range(6)]
    customers = [Client(shop, fresh("cust"), "customer") for _ in range(6)]
    crowd = Crowd(random.Random(seed), admin, customers, skus)
    for customer in customers:
        await customer.deposit(8000)

    await asyncio.gather(*(crowd.live(time.monotonic() + SECONDS) for _ in range(8)))

    print(dict(crowd.answers))
    await balanced(shop, within=30)
    assert len(crowd.orders) > 50
    for customer in customers:
        await customer.http.aclose()
