"""What market answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.market import Correction, CorrectionPage, GetPrices, ListCorrections, PriceItem, PricePage
from contracts.price import MARKETS
from infra import paging
from storage import market as tables

_price, _correction = tables.price, tables.correction
_symbol: sa.BindParameter[str] = sa.bindparam("symbol", type_=sa.Text)
_limit: sa.BindParameter[int] = sa.bindparam("limit", type_=sa.Integer)

_INSTRUMENT = sa.select(tables.instrument).where(tables.instrument.c.symbol == _symbol)
_PRICES = (
    sa.select(_price)
    .where(
        _price.c.symbol == _symbol,
        _price.c.day >= sa.bindparam("first", type_=sa.Date),
        _price.c.day <= sa.bindparam("last", type_=sa.Date),
        _price.c.day > sa.bindparam("after", type_=sa.Date),
    )
    .order_by(_price.c.day)
    .limit(_limit)
)
_CORRECTIONS = (
    sa.select(_correction)
    .where(_correction.c.symbol == _symbol, _correction.c.correction_id > sa.bindparam("after", type_=sa.Text))
    .order_by(_correction.c.correction_id)
    .limit(_limit)
)


async def prices(query: GetPrices, read: AsyncConnection) -> PricePage | None:
    """None for a symbol that nobody imported; a range without prices is an empty page."""
    instrument = (await read.execute(_INSTRUMENT, {"symbol": query.symbol})).first()
    if instrument is None:
        return None
    wanted = {
        "symbol": query.symbol, "first": query.first or date.min, "last": query.last or date.max,
        "after": query.cursor or date.min, "limit": query.limit + 1,
    }  # fmt: skip
    rows = (await read.execute(_PRICES, wanted)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.day.isoformat()))
    currency, time_zone = MARKETS[instrument.exchange]
    return PricePage(
        symbol=instrument.symbol, name=instrument.name, exchange=instrument.exchange, currency=currency, time_zone=time_zone,
        items=tuple(PriceItem(**_bar(row), revision=row.revision) for row in shown),
        next_cursor=following,
    )  # fmt: skip


async def corrections(query: ListCorrections, read: AsyncConnection) -> CorrectionPage | None:
    if (await read.execute(_INSTRUMENT, {"symbol": query.symbol})).first() is None:
        return None
    wanted = {"symbol": query.symbol, "after": query.cursor, "limit": query.limit + 1}
    rows = (await read.execute(_CORRECTIONS, wanted)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.correction_id))
    return CorrectionPage(
        symbol=query.symbol,
        items=tuple(
            Correction(**_bar(row), revision=row.revision, replaced_at=row.replaced_at, replaced_by=row.replaced_by)
            for row in shown
        ),
        next_cursor=following,
    )


def _bar(row: sa.Row[Any]) -> dict[str, Any]:
    return {"day": row.day, **{name: getattr(row, name) for name in (*tables.PRICES, "volume")}}
