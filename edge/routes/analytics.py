"""Trends of prices (S4-13)."""

from __future__ import annotations

from contracts.analytics import GetTrend, TrendAnswer
from edge.calls import Call
from edge.endpoints import Routes
from edge.routes.market import symbol_of

routes = Routes("analytics")


@routes.get("/v1/trends/{symbol}", TrendAnswer)
async def trend(call: Call[None]) -> bytes:
    """Averages by week and month, which way the price goes, and where its averages crossed."""
    return await call.ask(GetTrend(symbol=symbol_of(call)))
