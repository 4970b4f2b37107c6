"""Forecasts (S4-12). What they say is statistics, not investment advice."""

from __future__ import annotations

from contracts.prediction import GetPrediction, ListModels, ModelName, ModelPage, PredictionAnswer
from edge.calls import Call, Empty
from edge.endpoints import Routes
from edge.paging import Page
from edge.routes.market import symbol_of

routes = Routes("prediction")


class Which(Empty):
    """One of the models; without a name, the one that did best where it was tested."""

    model: ModelName | None = None


@routes.get("/v1/predictions/{symbol}", PredictionAnswer, query=Which)
async def prediction(call: Call[None]) -> bytes:
    """The newest forecast of a symbol with its intervals."""
    wish = call.query or Which()
    return await call.ask(GetPrediction(symbol=symbol_of(call), model=wish.model or ""))


@routes.get("/v1/predictions/{symbol}/models", ModelPage, query=Page)
async def models(call: Call[None]) -> bytes:
    """The models that were fitted to a symbol, with how well they did; the newest first."""
    wish = call.query or Page()
    return await call.ask(ListModels(symbol=symbol_of(call), cursor=wish.cursor, limit=wish.limit))
