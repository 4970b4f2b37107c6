"""The stock that one decision touches: changed here as often as it takes, saved and looked at once, at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from contracts.inventory import ExpireReservation, MovedLine, OrderStockMoved, ReservationExpired, StockLow, StockMoved
from infra.decision import Cancel, Outcomes, Rows
from workers.inventory.rules.state import Movement, Overdue, Reason, Reservation, Stock, derived


class Shelf:
    """Lives as long as one decision: rows do not show a decision its own changes, so it keeps them here."""

    def __init__(self, rows: Rows, now: datetime) -> None:
        self._rows, self._now = rows, now
        self._stocks: dict[str, Stock] = {}
        self._before: dict[str, Stock] = {}

    def fetch(self, skus: Iterable[str]) -> Mapping[str, Stock]:
        """All stock known so far, with that of these skus; an unknown sku has none."""
        new = self._rows.each(Stock, [sku for sku in skus if sku not in self._stocks])
        self._before |= new
        self._stocks |= new
        return self._stocks

    def available(self, sku: str) -> int:
        stock = self._stocks.get(sku)
        return stock.available if stock else 0

    def short(self, wanted: Mapping[str, int]) -> list[str]:
        """Which of the wanted skus there is too little of."""
        self.fetch(wanted)
        return [sku for sku, quantity in wanted.items() if self.available(sku) < quantity]

    def hold(self, quantities: Mapping[str, int]) -> None:
        for sku, quantity in quantities.items():
            self.put(replace(self._stocks[sku], reserved=self._stocks[sku].reserved + quantity))

    def give_back(self, quantities: Mapping[str, int]) -> None:
        self.fetch(quantities)
        self.hold({sku: -quantity for sku, quantity in quantities.items()})

    def put(self, stock: Stock) -> None:
        self._stocks[stock.sku] = stock

    def move(self, movement_id: str, sku: str, quantity: int, reason: Reason, *, actor: str = "") -> Outcomes:
        """One more line of the ledger. The caller has seen that the stock suffices."""
        yield self._entered(movement_id, sku, quantity, reason, None, actor)
        yield moved(movement_id, quantity, reason, self._stocks[sku])

    def move_for(self, reservation: Reservation, reason: Literal["sale", "return"], quantities: Mapping[str, int]) -> Outcomes:
        """The lines that an order adds to the ledger, with signed quantities, and one event for all of them."""
        order_id, lines = reservation.order_id, []
        for sku, quantity in quantities.items():
            yield self._entered(derived(reason, order_id, sku), sku, quantity, reason, order_id, "")
            stock = self._stocks[sku]
            lines.append(
                MovedLine(sku=sku, quantity=quantity, on_hand=stock.on_hand, reserved=stock.reserved, available=stock.available)
            )
        if lines:
            told = reservation.customer_id
            yield OrderStockMoved(order_id=order_id, customer_id=told, reason=reason, lines=tuple(lines))

    def _entered(self, movement_id: str, sku: str, quantity: int, reason: Reason, order_id: str | None, actor: str) -> Movement:
        self.put(replace(self._stocks[sku], on_hand=self._stocks[sku].on_hand + quantity))
        return Movement(movement_id, sku, quantity, reason, order_id, actor, self._now)

    def make_room(self, wanted: Mapping[str, int]) -> Outcomes:
        """Where stock is short, holds whose time is over stop counting now, before their timers ring (S3-17)."""
        if not (short := self.short(wanted)):
            return
        late = sorted({order for found in self._rows.each(Overdue, short).values() for order in found.order_ids})
        for reservation in self._rows.each(Reservation, late).values():
            if reservation.is_overdue(self._now):
                yield from self.expire(reservation)

    def expire(self, reservation: Reservation) -> Outcomes:
        self.give_back(reservation.quantities)
        yield replace(reservation, status="expired")
        yield Cancel(ExpireReservation, reservation.order_id)
        yield ReservationExpired(order_id=reservation.order_id, customer_id=reservation.customer_id)

    def outcomes(self) -> Outcomes:
        """What changed; and who fell to the threshold, once until there is more than that again (S3-18)."""
        for sku, stock in self._stocks.items():
            low = stock.available <= stock.low_stock_threshold
            if replace(stock, low=low) != self._before.get(sku):
                yield replace(stock, low=low)
            if low and not stock.low:
                yield StockLow(sku=sku, category=stock.category, available=stock.available, threshold=stock.low_stock_threshold)


def moved(movement_id: str, quantity: int, reason: Reason, stock: Stock) -> StockMoved:
    return StockMoved(
        movement_id=movement_id,
        sku=stock.sku,
        category=stock.category,
        quantity=quantity,
        reason=reason,
        on_hand=stock.on_hand,
        reserved=stock.reserved,
        available=stock.available,
    )
