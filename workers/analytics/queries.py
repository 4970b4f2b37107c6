"""What analytics answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.analytics import GetTrend, Outlook, Period, TrendAnswer
from storage import analytics as tables
from workers.analytics.rules.trend import LONG, SHORT, crossings, direction, moving_average

SEEN = 275
"""Trading days that are looked at: a year of crossings, and what the long average needs before it."""

_close, _period, _outlook = tables.close, tables.period, tables.outlook
_symbol: sa.BindParameter[str] = sa.bindparam("symbol", type_=sa.Text)
_CLOSES = sa.select(_close.c.day, _close.c.close).where(_close.c.symbol == _symbol).order_by(_close.c.day.desc()).limit(SEEN)
_PERIODS = (
    sa.select(_period)
    .where(_period.c.symbol == _symbol, _period.c.kind == sa.bindparam("kind"))
    .order_by(_period.c.first.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_OUTLOOK = sa.select(_outlook).where(_outlook.c.symbol == _symbol)


async def trend(query: GetTrend, read: AsyncConnection) -> TrendAnswer | None:
    rows = list(reversed((await read.execute(_CLOSES, {"symbol": query.symbol})).all()))
    if not rows:
        return None
    days, closes = [row.day for row in rows], [row.close for row in rows]
    outlook = (await read.execute(_OUTLOOK, {"symbol": query.symbol})).first()
    return TrendAnswer(
        symbol=query.symbol, as_of=days[-1], close=closes[-1], direction=direction(closes),
        short=moving_average(closes, SHORT)[-1], long=moving_average(closes, LONG)[-1],
        crossings=tuple(crossings(days, closes)[-20:]), outlook=_ahead(outlook) if outlook else None,
        weeks=await _periods(read, query.symbol, "week", 26), months=await _periods(read, query.symbol, "month", 24),
    )  # fmt: skip


async def _periods(read: AsyncConnection, symbol: str, kind: str, limit: int) -> tuple[Period, ...]:
    rows = (await read.execute(_PERIODS, {"symbol": symbol, "kind": kind, "limit": limit})).all()
    return tuple(Period(first=row.first, days=row.days, average=row.total // row.days) for row in reversed(rows))


def _ahead(row: sa.Row[Any]) -> Outlook:
    change = (row.value - row.close) * 10**6 // row.close
    return Outlook(model=row.model, as_of=row.as_of, day=row.day, value=row.value, change_ppm=change)
