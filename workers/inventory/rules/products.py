"""The product master (S3-14): a sku is registered once and changed only on purpose."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.inventory import ProductChanged, ProductRefused, ProductRegistered, RegisterProduct
from infra.decision import Outcomes, Rows
from workers.inventory.rules.shelf import Shelf
from workers.inventory.rules.state import Product, Stock


def register_product(command: RegisterProduct, rows: Rows, now: datetime) -> Outcomes:
    """The same data again is the same answer again; other data needs `replace`."""
    before = rows.get(Product, command.sku)
    after = Product(
        command.sku,
        command.name,
        command.category,
        command.unit_price.amount,
        command.unit_price.currency,
        command.low_stock_threshold,
        now,
    )
    if before is None:
        yield after
        yield Stock(command.sku, command.category, command.low_stock_threshold)
        yield _told(ProductRegistered, after)
    elif replace(after, updated_at=before.updated_at, sequence=before.sequence) == before:
        yield _told(ProductRegistered, before)
    elif command.replace:
        yield replace(after, sequence=before.sequence)
        yield _told(ProductChanged, after)
        yield from _reshelve(after, rows, now)
    else:
        yield ProductRefused(sku=command.sku, category=command.category, reason="already_exists")


def _reshelve(product: Product, rows: Rows, now: datetime) -> Outcomes:
    """A threshold raised above what is there is a crossing like any other."""
    shelf = Shelf(rows, now)
    stock = shelf.fetch([product.sku])[product.sku]
    shelf.put(replace(stock, category=product.category, low_stock_threshold=product.low_stock_threshold))
    yield from shelf.outcomes()


def _told(event: type[ProductRegistered], product: Product) -> ProductRegistered:
    return event(
        sku=product.sku,
        name=product.name,
        category=product.category,
        unit_price=product.unit_price,
        low_stock_threshold=product.low_stock_threshold,
    )
