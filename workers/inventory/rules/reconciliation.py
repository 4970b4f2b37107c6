"""Orders that were confirmed without asking inventory are taken from stock afterwards (S3-92)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from contracts.inventory import ExpireReservation, PricedLine, StockOversold, demand
from contracts.order import OrderDegraded
from infra.decision import Cancel, Outcomes, Rows
from workers.inventory.rules.reservations import sell
from workers.inventory.rules.shelf import Shelf
from workers.inventory.rules.state import Oversold, Reservation, derived, priced


def sell_unchecked(event: OrderDegraded, rows: Rows, now: datetime) -> Outcomes:
    """Sell as far as stock goes and record the rest.

    The saga may have asked and given up before, and its messages come in any order: a hold of the order is used up, a
    closed reservation is opened, a confirmed one is done already, and after a return that came first nothing is sold.
    """
    if "skip_stock_check" not in event.modes:
        return
    known = rows.get(Reservation, event.order_id)
    if known and (known.status == "confirmed" or known.returned):
        return
    shelf = Shelf(rows, now)
    if known and known.status == "held":
        shelf.give_back(known.quantities)
        yield Cancel(ExpireReservation, event.order_id)
    wanted = demand(event.lines)
    yield from shelf.make_room(wanted)
    stocks = shelf.fetch(wanted)
    category = next((stocks[sku].category for sku in wanted if sku in stocks), "")
    sold = {sku: min(quantity, shelf.available(sku)) for sku, quantity in wanted.items()}
    reservation = Reservation(event.order_id, event.customer_id, category, "confirmed", list(_lines(event.lines, sold)), now, now)
    yield replace(reservation, sequence=known.sequence) if known else reservation
    yield from sell(reservation, shelf)
    for sku, quantity in wanted.items():
        if lacking := quantity - sold[sku]:
            yield Oversold(derived("oversold", event.order_id, sku), event.order_id, sku, lacking, now)
            yield StockOversold(order_id=event.order_id, customer_id=event.customer_id, sku=sku, quantity=lacking)
    yield from shelf.outcomes()


def _lines(lines: tuple[PricedLine, ...], sold: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    """Each line with what it lacks; the first line of a sku is served first."""
    left = dict(sold)
    for line in lines:
        served = min(line.quantity, left[line.sku])
        left[line.sku] -= served
        yield priced(line, line.name, line.unit_price, line.quantity - served)
