"""Orders accepted a moment ago, so that a client who follows its link at once finds the order and not a 404.

Only of this process and only until the owner knows the order; a hint, never the truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from contracts.inventory import Line
from contracts.order import OrderAnswer, PlaceOrder

MOST = 20_000


class RecentOrders:
    def __init__(self) -> None:
        self._orders: dict[str, tuple[str, tuple[Line, ...], datetime]] = {}

    def note(self, command: PlaceOrder, at: datetime) -> None:
        if len(self._orders) >= MOST:
            for old in list(self._orders)[: MOST // 10]:
                del self._orders[old]
        self._orders[command.order_id] = (command.customer_id, command.lines, at)

    def owner(self, order_id: str) -> str:
        """Whose it is; empty when nothing is known of it."""
        found = self._orders.get(order_id)
        return found[0] if found else ""

    def answer(self, order_id: str) -> bytes | None:
        """The order as it was accepted: pending, with nothing done yet."""
        if (found := self._orders.get(order_id)) is None:
            return None
        customer_id, lines, at = found
        items: tuple[Mapping[str, object], ...] = tuple({"sku": one.sku, "quantity": one.quantity} for one in lines)
        return (
            OrderAnswer(
                order_id=order_id, customer_id=customer_id, status="pending", reason="", steps=(), items=items,  # type: ignore[arg-type]
                total=None, payment=None, shipment=None, modes=(), placed_at=at, updated_at=at,
            )
            .model_dump_json()
            .encode()
        )  # fmt: skip
