"""Fitting, outside the lanes. The same prices always lead to the same forecasts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from contracts.message import Message
from contracts.prediction import Fit, FitModels, Metrics, RecordForecasts, Step
from contracts.price import LARGEST_PRICE, SCALE, Exchange
from infra.jobs import Progressing, Reading
from storage import prediction as tables
from workers.prediction.models import MODELS, Ahead, Model

STEPS = 5
WINDOW = 750
"""Trading days that a model sees, about three years: so that a fit stays within a second or two."""

TESTED = 60
"""The last days, on which a model that was fitted to those before them is tested; a quarter at most."""

_SERIES = sa.select(tables.series.c.announced).where(tables.series.c.symbol == sa.bindparam("symbol"))
_CLOSES = (
    sa.select(tables.close.c.day, tables.close.c.close, tables.close.c.adjusted_close)
    .where(tables.close.c.symbol == sa.bindparam("symbol"))
    .order_by(tables.close.c.day.desc())
    .limit(WINDOW)
)


async def fit_models(job: FitModels, _progress: Progressing, reading: Reading) -> Sequence[Message]:
    """Every registered model. When newer prices were announced meanwhile, their own job says more than this one could."""
    series = await reading(_SERIES, {"symbol": job.symbol})
    if not series or series[0].announced > job.version:
        return []
    rows = await reading(_CLOSES, {"symbol": job.symbol})
    closes = [(row.day, row.close, row.adjusted_close) for row in reversed(rows)]
    return [await asyncio.to_thread(forecasts, job, closes)]


def forecasts(job: FitModels, closes: Sequence[tuple[date, int, int]]) -> RecordForecasts:
    """`closes` are days with close and adjusted close, ascending."""
    as_of, close, adjusted = closes[-1]
    # Splits and dividends of the past are taken out; the last day stands as it was.
    plain = [one * close / adjusted / 10**SCALE for _, _, one in closes]
    days = [day for day, _, _ in closes]
    fits = [_fitted(model, plain, days, job.exchange) for model in MODELS if len(plain) >= model.least]
    return RecordForecasts(symbol=job.symbol, version=job.version, as_of=as_of, close=close, fits=tuple(fits))


def _fitted(model: Model, closes: Sequence[float], days: Sequence[date], exchange: Exchange) -> Fit:
    fitted = model.fit(closes)
    coming = sessions_after(exchange, days[-1], STEPS)
    return Fit(
        model=model.name, model_version=model.version, parameters=fitted.parameters, trained_first=days[0],
        trained_last=days[-1], observations=len(closes), metrics=tested(model, closes), steps=_steps(fitted.ahead(STEPS), coming),
    )  # fmt: skip


def tested(model: Model, closes: Sequence[float]) -> Metrics:
    """One day ahead, over days that the fit has not seen."""
    cut = len(closes) - min(TESTED, len(closes) // 4)
    said, true = model.fit(closes[:cut]).one_ahead(closes, cut), closes[cut:]
    errors = [abs(one - other) for one, other in zip(said, true, strict=True)]
    naive = [abs(after - before) for before, after in zip(closes[cut - 1 : -1], true, strict=True)]
    relative = [error / one for error, one in zip(errors, true, strict=True)]
    return Metrics(
        tested=len(true), mae=_scaled(sum(errors) / len(true)), naive_mae=_scaled(sum(naive) / len(true)),
        mape_ppm=round(10**6 * sum(relative) / len(true)),
    )  # fmt: skip


def sessions_after(exchange: Exchange, day: date, count: int) -> list[date]:
    """The coming trading days; beyond the calendar, weekdays."""
    from exchange_calendars import get_calendar
    from exchange_calendars.errors import CalendarError

    end = day + timedelta(days=3 * count + 20)
    try:
        calendar = get_calendar(exchange, start=day.isoformat(), end=end.isoformat())
        found = [session.date() for session in calendar.sessions if session.date() > day]
    except (CalendarError, ValueError):
        found = [one for n in range(1, 3 * count) if (one := day + timedelta(days=n)).weekday() < 5]
    return found[:count]


def _steps(ahead: Ahead, days: Sequence[date]) -> tuple[Step, ...]:
    rows = zip(days, ahead.values, ahead.bounds[0.80], ahead.bounds[0.95], strict=True)
    return tuple(
        Step(
            day=day, value=_price(value), low80=_price(near[0]), high80=_price(near[1]), low95=_price(far[0]),
            high95=_price(far[1]),
        )
        for day, value, near, far in rows
    )  # fmt: skip


def _price(value: float) -> int:
    """A price is above 0, whatever a straight line says."""
    return min(max(_scaled(value), 1), LARGEST_PRICE)


def _scaled(value: float) -> int:
    scaled: int = round(value * 10**SCALE)
    return scaled
