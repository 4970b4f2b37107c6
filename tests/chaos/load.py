"""Load at a fixed rate of arrivals: a request is due when its moment comes, however late the answers before it are.

What a request was due for is decided by the seed alone. Each is sent again under its key until somebody answers, as a
careful client does, and is unknown when nobody has until the end.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import httpx

from tests.chaos.history import Asked, History
from tests.journeys.client import TOKYO, yen
from tests.journeys.shop import Shop

PRODUCTS, CUSTOMERS = 12, 25
STOCK, PURSE, PRICE = 400, 200_000, 120
ANSWER = 8.0
"""Seconds for one attempt."""
AGAIN = 0.4
NOWHERE = TOKYO | {"postal_code": "100-2101"}
"""A postcode of an island that nobody delivers to: the saga compensates."""


def sku(n: int) -> str:
    return f"CHAOS-{n}"


def customer(n: int) -> str:
    return f"chaos-{n}"


def plan(seed: int, rate: float, seconds: float) -> Iterator[Asked]:
    """What arrives, and when."""
    chance = random.Random(seed)
    due = 0.0
    number = 0
    while (due := due + chance.expovariate(rate)) < seconds:
        number += 1
        kind, path, body = _wish(chance)
        yield Asked(number, kind, f"chaos-{seed}-{number}", path, body, round(due, 4))


def _wish(chance: random.Random) -> tuple[str, str, dict[str, Any]]:
    one, who = sku(chance.randrange(PRODUCTS)), customer(chance.randrange(CUSTOMERS))
    roll = chance.random()
    if roll < 0.15:
        return "deposit", f"/v1/wallets/{who}/deposits", yen(chance.randint(1, 5_000))
    if roll < 0.25:
        return "replenishment", f"/v1/products/{one}/replenishments", {"quantity": chance.randint(1, 20), "reason": "receive"}
    items = [{"sku": sku(n), "quantity": chance.randint(1, 4)} for n in chance.sample(range(PRODUCTS), chance.randint(1, 3))]
    method = chance.choices(("wallet", "card", "pay_later"), (7, 2, 1))[0]
    body = {
        "customer_id": who,
        "items": items,
        "payment_method": method,
        "shipping_address": NOWHERE if chance.random() < 0.07 else TOKYO,
    }
    return "order", "/v1/orders", body | ({"card_token": "tok_approve"} if method == "card" else {})


class Load:
    """Sends a plan. `stop_at` is when the last unanswered request is given up, in seconds of the history."""

    def __init__(self, shop: Shop, history: History) -> None:
        self.history = history
        self.stop_at = float("inf")
        headers = {"Authorization": f"Bearer {shop.token('chaos', 'admin')}"}
        limits = httpx.Limits(max_connections=2_000, max_keepalive_connections=200)
        self.http = httpx.AsyncClient(base_url=shop.url, headers=headers, timeout=ANSWER, trust_env=False, limits=limits)

    async def open_the_shop(self) -> None:
        """Products, stock and purses, before the clock starts. Raises RuntimeError when that fails."""

        async def done(path: str, body: dict[str, Any], key: str) -> None:
            answer = await self.http.post(path, json=body, headers={"Idempotency-Key": key, "Prefer": "wait=30"}, timeout=40)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")

        for n in range(PRODUCTS):
            product = {
                "sku": sku(n),
                "name": f"商品 {n}",
                "category": f"c{n % 3}",
                "unit_price": yen(PRICE),
                "low_stock_threshold": 5,
            }
            await done("/v1/products", product, f"open-{n}")
            await done(f"/v1/products/{sku(n)}/replenishments", {"quantity": STOCK, "reason": "receive"}, f"fill-{n}")
        for n in range(CUSTOMERS):
            await done(f"/v1/wallets/{customer(n)}/deposits", yen(PURSE), f"purse-{n}")

    async def run(self, wishes: Iterator[Asked]) -> None:
        """Returns when every request is answered or given up."""
        async with asyncio.TaskGroup() as group:
            for one in wishes:
                await asyncio.sleep(max(0.0, one.due - self.history.now))
                group.create_task(self._ask(one))
        await self.http.aclose()

    async def _ask(self, one: Asked) -> None:
        while one.outcome == "info" and (one.sent == 0 or self.history.now < self.stop_at):
            one.sent += 1
            try:
                answer = await self.http.post(one.path, json=one.body, headers={"Idempotency-Key": one.key})
            except httpx.HTTPError:
                await asyncio.sleep(AGAIN)
                continue
            self._learn(one, answer)
            if one.outcome == "info":
                await asyncio.sleep(AGAIN)
        self.history.over(one)

    def _learn(self, one: Asked, answer: httpx.Response) -> None:
        """429 and 5xx say nothing about what becomes of the request, so it is asked again under its key."""
        one.status, one.answered = answer.status_code, round(self.history.now, 4)
        if answer.status_code == 202:
            told = answer.json()
            one.outcome, one.operation_id = "ok", told["operation_id"]
            one.ids = {name: value for name, value in told.items() if name.endswith("_id") and name != "operation_id"}
        elif 400 <= answer.status_code < 500 and answer.status_code != 429:
            one.outcome = "fail"
