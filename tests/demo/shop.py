"""A shop in memory that answers like the edge, as far as the demo asks. Each of its vices can be switched on."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx

NOW = "2100-01-01T00:00:00Z"


class Shop(httpx.AsyncBaseTransport):
    """`doubles` forgets keys, `pockets` takes a penny too much, `forgets` loses every tenth order, `late` answers 202.

    `moods` are answers given before the first proper one: (status, headers), or an exception.
    """

    def __init__(self, *vices: str, moods: tuple[tuple[int, dict[str, str]] | httpx.TransportError, ...] = ()) -> None:
        self.vices = frozenset(vices)
        self.moods = list(moods)
        self.prices: dict[str, int] = {}
        self.stock: Counter[str] = Counter()
        self.wallets: Counter[str] = Counter()
        self.orders: list[dict[str, Any]] = []
        self.operations: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, str] = {}
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        if self.moods:
            mood = self.moods.pop(0)
            if isinstance(mood, httpx.TransportError):
                raise mood
            return httpx.Response(mood[0], headers=mood[1], json={"title": "Not now"}, request=request)
        parts = request.url.path.strip("/").split("/")
        answer = self._do(request, parts) if request.method == "POST" else self._tell(parts)
        return httpx.Response(answer[0], json=answer[1], request=request)

    def _do(self, request: httpx.Request, parts: list[str]) -> tuple[int, dict[str, Any]]:
        key = request.headers["idempotency-key"]
        known = None if "doubles" in self.vices else self.keys.get(key)
        if known is None:
            known = self.keys[key] = str(UUID(int=len(self.operations)))
            doing: dict[str, Callable[[list[str], Any], dict[str, Any]]] = {
                "product-imports": self._import,
                "products": self._replenish,
                "wallets": self._deposit,
                "orders": self._order,
            }
            text = request.content.decode()
            told = doing[parts[1]](parts, text if parts[1] == "product-imports" else json.loads(text))
            self.operations[known] = {"operation_id": known, "status": "succeeded", **told}
        found = self.operations[known]
        if "late" in self.vices or "prefer" not in request.headers:
            return 202, {"operation_id": known, "status": "pending", "links": {}}
        return (200, found) if found["status"] == "succeeded" else (409, {**found["problem"], "status": "failed"})

    def _tell(self, parts: list[str]) -> tuple[int, dict[str, Any]]:
        match parts:
            case ["v1", "operations", identity]:
                return 200, self.operations[identity]
            case ["v1", "products", sku, "stock"]:
                return 200, {"on_hand": self.stock[sku], "reserved": 0}
            case ["v1", "wallets", customer]:
                return 200, {"balance": {"amount": self.wallets[customer], "currency": "GBP"}}
            case ["v1", "orders"]:
                kept = self.orders if "forgets" not in self.vices else [one for n, one in enumerate(self.orders) if n % 10]
                return 200, {"items": kept, "next_cursor": None}
        return 404, {"title": "Not found"}

    def _import(self, parts: list[str], text: str) -> dict[str, Any]:
        rows = list(csv.DictReader(text.splitlines()))
        self.prices |= {row["sku"]: int(row["unit_price"]) for row in rows}
        return {"result": {"registered": len(rows), "failed": 0}}

    def _replenish(self, parts: list[str], body: dict[str, Any]) -> dict[str, Any]:
        self.stock[parts[2]] += body["quantity"]
        return {"result": {}}

    def _deposit(self, parts: list[str], body: dict[str, Any]) -> dict[str, Any]:
        self.wallets[parts[2]] += body["amount"]
        return {"result": {}}

    def _order(self, parts: list[str], body: dict[str, Any]) -> dict[str, Any]:
        identity = f"o-{len(self.orders)}"
        wanted = {item["sku"]: item["quantity"] for item in body["items"]}
        about = {"order_id": identity, "customer_id": body["customer_id"], "placed_at": NOW}
        reason = "card_declined" if body["card_token"] == "tok_decline" else ""
        reason = "insufficient_stock" if any(self.stock[sku] < pieces for sku, pieces in wanted.items()) else reason
        if reason:
            self.orders.append(about | {"status": "failed", "reason": reason, "total": None})
            problem = {"operation_id": str(UUID(int=len(self.operations))), "reason": reason, "order_id": identity}
            return {"status": "failed", "problem": problem}
        self.stock.subtract(wanted)
        amount = sum(self.prices[sku] * pieces for sku, pieces in wanted.items())
        if body["payment_method"] == "wallet":
            self.wallets[body["customer_id"]] -= amount + ("pockets" in self.vices)
        total = {"amount": amount, "currency": "GBP"}
        paid = {"status": "captured"}
        self.orders.append(about | {"status": "confirmed", "reason": "", "total": total, "payment": paid})
        return {"result": {"order_id": identity, "total": total, "modes": []}}
