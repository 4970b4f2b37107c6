"""Stock changes only by movements of a ledger: receive, adjust, return, damage. Reservations add the sales (S3-12)."""

from __future__ import annotations

from datetime import datetime

from contracts.inventory import MovementRefused, ReplenishStock
from infra.decision import Outcomes, Rows
from workers.inventory.rules.shelf import Shelf, moved
from workers.inventory.rules.state import Movement


def move_stock(command: ReplenishStock, rows: Rows, now: datetime) -> Outcomes:
    """A movement happens once; asked for again, the first one is told again. Never takes what is reserved."""
    known = rows.get(Movement, command.movement_id)
    sku = known.sku if known else command.sku
    shelf = Shelf(rows, now)
    stock = shelf.fetch([sku]).get(sku)
    if stock is None:
        yield MovementRefused(sku=sku, reason="unknown_product")
        return
    if known:
        yield moved(known.movement_id, known.quantity, known.reason, stock)
        return
    quantity = -command.quantity if command.reason == "damage" else command.quantity
    if quantity < 0:
        yield from shelf.make_room({sku: -quantity})
    if shelf.available(sku) + quantity < 0:
        yield MovementRefused(sku=sku, reason="insufficient_stock")
    else:
        yield from shelf.move(command.movement_id, sku, quantity, command.reason, actor=command.actor)
    yield from shelf.outcomes()
