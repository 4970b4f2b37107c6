"""What inventory answers. Stock is read as it is now, never cached (S3-64), and overdue holds no longer count (S3-17).

The statements are built once, at import: building one costs more than running it.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.inventory import (
    GetProduct,
    GetReservation,
    GetStock,
    Line,
    ListOversold,
    ListProducts,
    OversoldLine,
    OversoldPage,
    ProductAnswer,
    ProductPage,
    ReservationAnswer,
    StockAnswer,
)
from contracts.money import Price
from infra import paging
from storage import inventory as tables
from workers.inventory.rules.state import derived

_product, _stock, _reservation, _oversold = tables.product, tables.stock, tables.reservation, tables.oversold
_sku: sa.BindParameter[str] = sa.bindparam("sku", type_=sa.Text)
_order: sa.BindParameter[str] = sa.bindparam("order_id", type_=sa.Text)
_category: sa.BindParameter[str] = sa.bindparam("category", type_=sa.Text)
_after: sa.BindParameter[str] = sa.bindparam("after", type_=sa.Text)
_limit: sa.BindParameter[int] = sa.bindparam("limit", type_=sa.Integer)

_ONE_PRODUCT = sa.select(_product).where(_product.c.sku == _sku)
_ALL_PRODUCTS = sa.select(_product).where(_product.c.sku > _after).order_by(_product.c.sku).limit(_limit)
_PRODUCTS_OF_CATEGORY = _ALL_PRODUCTS.where(_product.c.category == _category)
_late = tables.overdue_quantity.subquery()
_STOCK = (
    sa.select(
        _stock.c.sku,
        _stock.c.on_hand,
        (_stock.c.reserved - sa.func.coalesce(_late.c.quantity, 0)).label("reserved"),
    )
    .select_from(_stock.outerjoin(_late, _late.c.sku == _stock.c.sku))
    .where(_stock.c.sku == _sku)
)
_over = sa.and_(_reservation.c.status == "held", _reservation.c.expires_at <= sa.func.now())
_RESERVATION = sa.select(_reservation, _over.label("overdue")).where(_reservation.c.order_id == _order)
_ALL_OVERSOLD = sa.select(_oversold).where(_oversold.c.oversold_id > _after).order_by(_oversold.c.oversold_id).limit(_limit)
_OVERSOLD_OF_SKU = _ALL_OVERSOLD.where(_oversold.c.sku == _sku)


async def product(query: GetProduct, read: AsyncConnection) -> ProductAnswer | None:
    row = (await read.execute(_ONE_PRODUCT, {"sku": query.sku})).first()
    return _answer(row) if row else None


async def products(query: ListProducts, read: AsyncConnection) -> ProductPage:
    """In the order of their skus; the cursor is the last sku of the page before."""
    values: dict[str, Any] = {"after": query.cursor, "limit": query.limit + 1}
    if query.category:
        rows = (await read.execute(_PRODUCTS_OF_CATEGORY, values | {"category": query.category})).all()
    else:
        rows = (await read.execute(_ALL_PRODUCTS, values)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.sku))
    return ProductPage(items=tuple(_answer(row) for row in shown), next_cursor=following)


async def stock(query: GetStock, read: AsyncConnection) -> StockAnswer | None:
    row = (await read.execute(_STOCK, {"sku": query.sku})).first()
    if row is None:
        return None
    return StockAnswer(sku=row.sku, on_hand=row.on_hand, reserved=row.reserved, available=row.on_hand - row.reserved)


async def reservation(query: GetReservation, read: AsyncConnection) -> ReservationAnswer | None:
    row = (await read.execute(_RESERVATION, {"order_id": query.order_id})).first()
    if row is None:
        return None
    return ReservationAnswer(
        reservation_id=derived("reservation", row.order_id),
        order_id=row.order_id,
        customer_id=row.customer_id,
        items=tuple(Line(sku=line["sku"], quantity=line["quantity"]) for line in row.lines),
        status="expired" if row.overdue else row.status,
        expires_at=row.expires_at,
        created_at=row.created_at,
    )


async def oversold(query: ListOversold, read: AsyncConnection) -> OversoldPage:
    values: dict[str, Any] = {"after": query.cursor, "limit": query.limit + 1}
    if query.sku:
        rows = (await read.execute(_OVERSOLD_OF_SKU, values | {"sku": query.sku})).all()
    else:
        rows = (await read.execute(_ALL_OVERSOLD, values)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.oversold_id))
    return OversoldPage(
        items=tuple(OversoldLine(order_id=row.order_id, sku=row.sku, quantity=row.quantity, at=row.at) for row in shown),
        next_cursor=following,
    )


def _answer(row: sa.Row[Any]) -> ProductAnswer:
    return ProductAnswer(
        sku=row.sku,
        name=row.name,
        category=row.category,
        unit_price=Price(amount=row.amount, currency=row.currency),
        low_stock_threshold=row.low_stock_threshold,
        updated_at=row.updated_at,
    )
