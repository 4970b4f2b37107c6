"""A copy of the prices, kept from bundles that may come twice, late or in any order; a forecast is asked for when it is whole."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import cast

from contracts.market import PricesRecorded, PricesUpdated
from contracts.prediction import FitModels
from contracts.price import Exchange
from infra.decision import Outcomes, Rows, newer
from workers.prediction.rules.state import KnownClose, Series, close_key


def take_prices(event: PricesRecorded, rows: Rows, now: datetime) -> Outcomes:
    """Of a day that two bundles name, the later bundle counts, whichever comes first."""
    series = rows.get(Series, event.symbol) or Series(event.symbol)
    if event.version <= series.complete or event.version in series.ahead:
        return
    named = {close_key(event.symbol, one.day): one for one in event.closes}
    known = rows.each(KnownClose, named)
    for key, one in named.items():
        if newer(known.get(key), event):
            yield KnownClose(key, event.symbol, one.day, one.close, one.adjusted_close, event.version)
    ahead, complete = sorted([*series.ahead, event.version]), series.complete
    while ahead and ahead[0] == complete + 1:
        complete = ahead.pop(0)
    yield from _asking(replace(series, complete=complete, ahead=ahead))


def hear_update(event: PricesUpdated, rows: Rows, now: datetime) -> Outcomes:
    """An older one than is known says nothing new."""
    series = rows.get(Series, event.symbol) or Series(event.symbol)
    if event.version > series.announced:
        yield from _asking(replace(series, announced=event.version, exchange=event.exchange, currency=event.currency))


def _asking(series: Series) -> Outcomes:
    """One job for each announced version whose prices are all here; a version that was passed meanwhile gets none."""
    if series.asked < series.announced <= series.complete:
        series = replace(series, asked=series.announced)
        exchange = cast(Exchange, series.exchange)
        yield FitModels(symbol=series.symbol, version=series.asked, exchange=exchange)
    yield series
