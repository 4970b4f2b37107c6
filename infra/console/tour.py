"""The walk of `hikyaku try`: one order from an empty shelf to its cancellation, every request shown before it is sent."""

from __future__ import annotations

import secrets
import time
from typing import Any

from rich.console import Console

from infra.console.http import Answer, Edge

PRICE, STOCK, QUANTITY, DEPOSIT = 480, 10, 2, 5_000
ADDRESS = {
    "postal_code": "100-0001", "prefecture": "東京都", "city": "千代田区", "line1": "千代田1-1",
    "recipient": "山田 花子", "phone": "090-1234-5678",
}  # fmt: skip
PATIENCE = 20.0


class Surprise(Exception):
    """An answer that the tour did not expect; the text says which and what to look at."""


class Tour:
    """`pause` in seconds between two steps."""

    def __init__(self, edge: Edge, pause: float = 0.0) -> None:
        self.edge, self.pause = edge, pause
        mark = secrets.token_hex(3)
        self.sku, self.customer = f"tea-{mark}", f"hanako-{mark}"
        self.tokens = {"ADMIN": edge.token("me", "admin"), "TOKEN": edge.token(self.customer, "customer")}
        self._say = Console(highlight=False, soft_wrap=True).print

    def walk(self) -> None:
        """Raises Surprise at the first answer that is not as it should be."""
        self._say(f"Against {self.edge.url}, with two tokens: an administrator's and one of the customer {self.customer}.\n")
        self._say(f"ADMIN=$(.venv/bin/hikyaku token --subject me --role admin)\n"
                  f"TOKEN=$(.venv/bin/hikyaku token --subject {self.customer} --role customer)", markup=False)  # fmt: skip
        self._fill_the_shop()
        order_id = self._order()
        self._cancel(order_id)
        self._say(
            f"\n[green]All as expected.[/green] Look next at\n"
            f"  {self.edge.url}/demo   the shop, live, with an order button\n"
            f"  {self.edge.url}/docs   every call\n"
            f"  hikyaku sagas show {order_id}\n"
            f"  hikyaku top                                              queues, outboxes and operations\n"
            f"  hikyaku demo                                             a real shop's orders, with a balance drawn at the end"
        )

    def _fill_the_shop(self) -> None:
        product = {
            "sku": self.sku, "name": "Sencha 100 g", "category": "tea", "unit_price": {"amount": PRICE, "currency": "JPY"},
        }  # fmt: skip
        self._step("A product")
        self._post("/v1/products", "ADMIN", product)
        self._step(f"{STOCK} pieces of it")
        self._post(f"/v1/products/{self.sku}/replenishments", "ADMIN", {"quantity": STOCK, "reason": "receive"})
        self._expect_stock(STOCK)
        self._step("Money in the customer's wallet")
        self._post(f"/v1/wallets/{self.customer}/deposits", "TOKEN", {"amount": DEPOSIT, "currency": "JPY"})
        self._expect_balance(DEPOSIT)

    def _order(self) -> str:
        self._step("An order: stock, payment and shipment in three databases, decided within the wait")
        wish = {
            "customer_id": self.customer, "items": [{"sku": self.sku, "quantity": QUANTITY}],
            "shipping_address": ADDRESS, "payment_method": "wallet",
        }  # fmt: skip
        placed = self._post("/v1/orders", "TOKEN", wish)
        order_id = str(placed["result"]["order_id"])
        self._step("The order as its owner tells it")
        order = self._get(f"/v1/orders/{order_id}", "TOKEN")
        for step in order["steps"]:
            self._say(f"     {step['name']:<20} {step['status']}")
        self._must(order["status"] == "confirmed", f"the order is {order['status']} and not confirmed ({order['reason']})")
        total = {"amount": PRICE * QUANTITY, "currency": "JPY"}
        self._must(order["total"] == total, f"its total is {order['total']} and not {total}")
        self._expect_balance(DEPOSIT - PRICE * QUANTITY)
        return order_id

    def _cancel(self, order_id: str) -> None:
        self._step("Cancelled before it is picked up: the shipment is called off, the money and the stock come back")
        self._post(f"/v1/orders/{order_id}/cancellations", "TOKEN", None)
        order = self._get(f"/v1/orders/{order_id}", "TOKEN")
        self._must(order["status"] == "cancelled", f"the order is {order['status']} and not cancelled")
        self._expect_balance(DEPOSIT)
        self._expect_stock(STOCK)

    def _expect_stock(self, available: int) -> None:
        found = self._get(f"/v1/products/{self.sku}/stock", "TOKEN")
        self._must(found["available"] == available, f"{found['available']} pieces are available and not {available}")

    def _expect_balance(self, amount: int) -> None:
        found = self._get(f"/v1/wallets/{self.customer}", "TOKEN")["balance"]["amount"]
        self._must(found == amount, f"the wallet holds {found} yen and not {amount}")

    def _post(self, path: str, who: str, body: Any) -> dict[str, Any]:
        """Waits for the outcome; what takes longer is followed on its operation."""
        headers = {"Prefer": "wait=5", "Idempotency_Key": secrets.token_hex(8)}
        self._show(self.edge.curl("POST", path, who, body, **headers))
        answer = self.edge.call("POST", path, self.tokens[who], body, **headers)
        until = time.monotonic() + PATIENCE
        while answer.status == 202 and time.monotonic() < until:
            time.sleep(0.3)
            found = self.edge.call("GET", f"/v1/operations/{answer.body['operation_id']}", self.tokens[who])
            if found.status == 200 and found.body["status"] in ("succeeded", "failed"):
                answer = Answer(200 if found.body["status"] == "succeeded" else 409, found.body.get("problem") or found.body)
        if answer.status == 202:
            raise Surprise(
                f"{path} is still {answer.body['status']} after {PATIENCE:g} s: do the workers run? See `hikyaku top`."
            )
        self._must(answer.status == 200, f"POST {path} answered {answer.reason}")
        self._say(f"  [green]{answer.status}[/green] {answer.body['status']}, operation {answer.body['operation_id']}")
        found_body: dict[str, Any] = answer.body
        return found_body

    def _get(self, path: str, who: str) -> dict[str, Any]:
        self._show(self.edge.curl("GET", path, who))
        answer = self.edge.call("GET", path, self.tokens[who])
        self._must(answer.status == 200, f"GET {path} answered {answer.reason}")
        shown = {name: one for name, one in answer.body.items() if name in ("status", "total", "balance", "available", "on_hand")}
        self._say(f"  [green]200[/green] {shown}")
        found: dict[str, Any] = answer.body
        return found

    def _step(self, title: str) -> None:
        time.sleep(self.pause)
        self._say(f"\n[bold]{title}[/bold]")

    def _show(self, curl: str) -> None:
        self._say(f"$ {curl}", markup=False, style="cyan")

    def _must(self, true: bool, sentence: str) -> None:
        if not true:
            raise Surprise(f"{sentence}. `hikyaku dead-letters list` and <home>/logs may say why.")
