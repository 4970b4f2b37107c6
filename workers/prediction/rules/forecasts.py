"""What the jobs have fitted, registered; an older fit never stands over a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from contracts.prediction import Fit, PredictionGenerated, PredictionUnavailable, RecordForecasts
from contracts.price import Exchange
from infra.decision import Outcomes, Rows
from workers.prediction.rules.state import Forecast, Model, Series, model_key


def record_forecasts(command: RecordForecasts, rows: Rows, now: datetime) -> Outcomes:
    """Register the fits and tell the forecast of the best one, once for each version of the prices."""
    series = rows.get(Series, command.symbol)
    if series is None or not series.forecast < command.version <= series.asked:
        return
    if not command.fits:
        yield PredictionUnavailable(symbol=command.symbol, version=command.version, reason="too_few_prices")
        return
    best = best_of(command.fits)
    for fit in command.fits:
        key = model_key(command.symbol, command.version, fit.model, fit.model_version)
        yield Model(
            key, command.symbol, fit.model, fit.model_version, command.version, fit.parameters, fit.trained_first,
            fit.trained_last, fit.observations, fit.metrics.model_dump(), fit is best, now,
        )  # fmt: skip
        yield Forecast(key, command.as_of, command.close, [step.model_dump(mode="json") for step in fit.steps])
    yield replace(series, forecast=command.version)
    yield PredictionGenerated(
        symbol=command.symbol, version=command.version, exchange=cast(Exchange, series.exchange), currency=series.currency,
        as_of=command.as_of, close=command.close, model=best.model, model_version=best.model_version, metrics=best.metrics,
        steps=best.steps,
    )  # fmt: skip


def best_of(fits: Sequence[Fit]) -> Fit:
    """The smallest error where it was tested; among equals the first, and the simplest model is named first."""
    return min(fits, key=lambda fit: fit.metrics.mae)
