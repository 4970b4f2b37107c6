"""Somebody who uses the shop over HTTP, and the few things that most journeys begin with."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx

from tests.journeys.shop import Shop

T = TypeVar("T")
WAIT = 25
"""Seconds for which a journey waits for an outcome; a loaded machine needs some of them."""
TOKYO = {
    "postal_code": "100-0001", "prefecture": "東京都", "city": "千代田区", "line1": "千代田1-1", "recipient": "山田太郎",
    "phone": "090-1234-5678",
}  # fmt: skip


def fresh(prefix: str = "id") -> str:
    """An id that nobody else has."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def yen(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "JPY"}


async def eventually(look: Callable[[], Awaitable[T | None]], within: float = 15, what: str = "") -> T:
    """What `look` finds as soon as it finds something. Raises AssertionError when it finds nothing in that time."""
    end = time.monotonic() + within
    while not (found := await look()):
        assert time.monotonic() < end, f"not within {within} s: {what or look.__name__}"
        await asyncio.sleep(0.1)
    return found


class Client:
    """One subject with one role. Answers are httpx's; `read` insists on 200 and gives the JSON."""

    def __init__(self, shop: Shop, subject: str, *roles: str) -> None:
        self.shop, self.subject = shop, subject
        headers = {"Authorization": f"Bearer {shop.token(subject, *roles)}"}
        limits = httpx.Limits(max_connections=40, max_keepalive_connections=40)
        self.http = httpx.AsyncClient(base_url=shop.url, headers=headers, timeout=40, trust_env=False, limits=limits)

    async def post(self, path: str, body: Any = None, *, key: str | None = None, wait: int = WAIT, **more: Any) -> httpx.Response:
        """With a key of its own unless `key` says otherwise; an empty one sends none."""
        headers = {"Idempotency-Key": fresh("key") if key is None else key} if key != "" else {}
        if wait:
            headers["Prefer"] = f"wait={wait}"
        return await self.http.post(path, json=body, headers=headers | more.pop("headers", {}), **more)

    async def done(self, path: str, body: Any = None, **more: Any) -> Any:
        """The result of a command that succeeds. Raises AssertionError with the answer of one that does not."""
        answer = await self.post(path, body, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()["result"]

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def read(self, path: str, **more: Any) -> Any:
        answer = await self.get(path, **more)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    # What most journeys begin with

    async def product(self, quantity: int = 0, price: int = 500, category: str = "books", **more: Any) -> str:
        """The sku of a new product with that much stock. For an admin."""
        sku = fresh("sku")
        body = {"sku": sku, "name": f"商品 {sku}", "category": category, "unit_price": yen(price), "low_stock_threshold": 0}
        await self.done("/v1/products", body | more)
        if quantity:
            await self.done(f"/v1/products/{sku}/replenishments", {"quantity": quantity, "reason": "receive"})
        return sku

    async def deposit(self, amount: int, customer_id: str = "") -> None:
        await self.done(f"/v1/wallets/{customer_id or self.subject}/deposits", yen(amount))

    async def order(self, items: dict[str, int], *, key: str | None = None, wait: int = WAIT, **changes: Any) -> httpx.Response:
        return await self.post("/v1/orders", self.wish(items, **changes), key=key, wait=wait)

    def wish(self, items: dict[str, int], **changes: Any) -> dict[str, Any]:
        """The body of an order from one's wallet to Tokyo, unless `changes` say otherwise."""
        wanted = [{"sku": sku, "quantity": quantity} for sku, quantity in items.items()]
        body = {"customer_id": self.subject, "items": wanted, "shipping_address": TOKYO, "payment_method": "wallet"}
        return body | changes

    async def confirmed(self, items: dict[str, int], **changes: Any) -> Any:
        """The order as it reads when it is confirmed."""
        answer = await self.order(items, **changes)
        assert answer.status_code == 200, answer.text
        return await self.read(f"/v1/orders/{answer.json()['order_id']}")

    async def stock(self, sku: str) -> tuple[int, int, int]:
        """On hand, reserved, available."""
        found = await self.read(f"/v1/products/{sku}/stock")
        return found["on_hand"], found["reserved"], found["available"]

    async def balance(self, customer_id: str = "") -> int:
        found = await self.read(f"/v1/wallets/{customer_id or self.subject}")
        return int(found["balance"]["amount"])

    async def settled(self, operation: str, within: float = 30) -> Any:
        """The operation when it is closed; `operation` is its address."""

        async def closed() -> Any:
            found = await self.read(operation)
            return found if found["status"] in ("succeeded", "failed") else None

        return await eventually(closed, within, f"{operation} is closed")

    async def becomes(self, order_id: str, status: str, within: float = 20) -> Any:
        """The order when it has this status."""

        async def there() -> Any:
            found = await self.read(f"/v1/orders/{order_id}")
            return found if found["status"] == status else None

        return await eventually(there, within, f"{order_id} is {status}")
