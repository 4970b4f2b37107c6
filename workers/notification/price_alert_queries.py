"""What can be asked of price alerts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.price_alert import AlertItem, AlertPage, ListPriceAlerts
from infra import paging
from storage.notification import price_alert

_PAGE = (
    sa.select(price_alert)
    .where(
        price_alert.c.holder == sa.bindparam("holder", type_=sa.Text),
        price_alert.c.alert_id > sa.bindparam("after", type_=sa.Text),
    )
    .order_by(price_alert.c.alert_id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


async def price_alerts(query: ListPriceAlerts, read: AsyncConnection) -> AlertPage:
    """In the order of their creation; the cursor is the last id of the page before."""
    rows = (await read.execute(_PAGE, {"holder": query.holder, "after": query.cursor, "limit": query.limit + 1})).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.alert_id))
    return AlertPage(
        items=tuple(
            AlertItem(
                alert_id=row.alert_id, symbol=row.symbol, watch=row.watch, direction=row.direction, threshold=row.threshold,
                armed=row.armed, fired=row.fired, fired_on=row.fired_on, created_at=row.created_at,
            )
            for row in shown
        ),
        next_cursor=following,
    )  # fmt: skip
