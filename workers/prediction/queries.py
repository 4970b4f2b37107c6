"""What prediction answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.prediction import GetPrediction, ListModels, Metrics, ModelPage, PredictionAnswer, RegisteredModel, Step
from infra import paging
from storage import prediction as tables

_series, _model, _forecast = tables.series, tables.model, tables.forecast
_symbol: sa.BindParameter[str] = sa.bindparam("symbol", type_=sa.Text)

_NEWEST = (
    sa.select(_series.c.exchange, _series.c.currency, _model, _forecast.c.as_of, _forecast.c.close, _forecast.c.steps)
    .select_from(
        _series.join(_model, sa.and_(_model.c.symbol == _series.c.symbol, _model.c.version == _series.c.forecast)).join(
            _forecast, _forecast.c.model_id == _model.c.model_id
        )
    )
    .where(_series.c.symbol == _symbol)
)
_BEST = _NEWEST.where(_model.c.best)
_NAMED = _NEWEST.where(_model.c.model == sa.bindparam("model")).order_by(_model.c.model_version.desc()).limit(1)
_MODELS = (
    sa.select(_model)
    .where(_model.c.symbol == _symbol, _model.c.model_id < sa.bindparam("before", type_=sa.Text))
    .order_by(_model.c.model_id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


async def prediction(query: GetPrediction, read: AsyncConnection) -> PredictionAnswer | None:
    wanted = {"symbol": query.symbol} | ({"model": query.model} if query.model else {})
    row = (await read.execute(_NAMED if query.model else _BEST, wanted)).first()
    if row is None:
        return None
    return PredictionAnswer(
        symbol=row.symbol, exchange=row.exchange, currency=row.currency, as_of=row.as_of, close=row.close,
        steps=tuple(Step.model_validate(one) for one in row.steps), **_described(row),
    )  # fmt: skip


async def models(query: ListModels, read: AsyncConnection) -> ModelPage:
    """A symbol without models has an empty page."""
    wanted = {"symbol": query.symbol, "before": query.cursor or "~", "limit": query.limit + 1}
    rows = (await read.execute(_MODELS, wanted)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.model_id))
    return ModelPage(
        symbol=query.symbol,
        items=tuple(RegisteredModel(model_id=row.model_id, **_described(row)) for row in shown),
        next_cursor=following,
    )


def _described(row: sa.Row[Any]) -> dict[str, Any]:
    names = ("model", "model_version", "version", "best", "parameters", "trained_first", "trained_last", "observations")
    return {name: getattr(row, name) for name in (*names, "created_at")} | {"metrics": Metrics(**row.metrics)}
