"""The copy of the product master: categories to route by (S3-61), prices for the time when inventory is away (X-9)."""

from datetime import datetime

from contracts.inventory import ProductRegistered
from infra.decision import Outcomes, Rows
from workers.order.rules.order import Listing


def note_product(event: ProductRegistered, rows: Rows, now: datetime) -> Outcomes:
    """The first word and every later one; the copy is made of the last."""
    rows.get(Listing, event.sku)
    yield Listing(event.sku, event.category, event.name, event.unit_price.amount, event.unit_price.currency)
