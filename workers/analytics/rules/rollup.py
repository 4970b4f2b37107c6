"""Weeks and months, added up from events that may come twice, late or in any order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from contracts.market import PricesRecorded
from contracts.prediction import PredictionGenerated
from infra.decision import Outcomes, Row, Rows, newer

Kind = Literal["week", "month"]


@dataclass(frozen=True, slots=True)
class KnownClose(Row):
    """One day; `version` is the bundle that said so."""

    close_id: str
    symbol: str
    day: date
    close: int
    version: int


@dataclass(frozen=True, slots=True)
class PeriodSum(Row):
    """The closes of a week from Monday or of a month, summed over the days that are known."""

    period_id: str
    symbol: str
    kind: Kind
    first: date
    days: int
    total: int


@dataclass(frozen=True, slots=True)
class LatestOutlook(Row):
    """The newest forecast: what it says of its last day."""

    symbol: str
    version: int
    model: str
    as_of: date
    close: int
    day: date
    value: int


def roll_up(event: PricesRecorded, rows: Rows, now: datetime) -> Outcomes:
    """Add what a bundle brings to its weeks and months; of a day that was known, the difference."""
    named = {f"{event.symbol}:{one.day}": one for one in event.closes}
    known = rows.each(KnownClose, named)
    news = {key: one for key, one in named.items() if newer(known.get(key), event)}
    added: dict[str, PeriodSum] = {}
    for key, one in news.items():
        days, total = (0, one.close - known[key].close) if key in known else (1, one.close)
        for period in periods_of(event.symbol, one.day):
            before = added.get(period.period_id, period)
            added[period.period_id] = replace(before, days=before.days + days, total=before.total + total)
        yield KnownClose(key, event.symbol, one.day, one.close, event.version)
    sums = rows.each(PeriodSum, added)
    for key, more in added.items():
        old = sums.get(key)
        yield replace(old, days=old.days + more.days, total=old.total + more.total) if old else more


def look_ahead(event: PredictionGenerated, rows: Rows, now: datetime) -> Outcomes:
    """An older forecast than is known says nothing new."""
    known = rows.get(LatestOutlook, event.symbol)
    if newer(known, event):
        last = event.steps[-1]
        yield LatestOutlook(event.symbol, event.version, event.model, event.as_of, event.close, last.day, last.value)


def periods_of(symbol: str, day: date) -> Iterator[PeriodSum]:
    """The week and the month of a day, with nothing in them."""
    week, month = day - timedelta(days=day.weekday()), day.replace(day=1)
    yield PeriodSum(f"{symbol}:week:{week}", symbol, "week", week, 0, 0)
    yield PeriodSum(f"{symbol}:month:{month}", symbol, "month", month, 0, 0)
