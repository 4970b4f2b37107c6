"""Who hears of prices and forecasts that cross a threshold (S4-14, domains.md B16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from contracts.market import PricesRecorded
from contracts.notification import SendNotification
from contracts.prediction import PredictionGenerated
from contracts.price import SCALE
from contracts.price_alert import (
    CancelPriceAlert,
    CreatePriceAlert,
    PriceAlertCancelled,
    PriceAlertCreated,
    PriceAlertFired,
    PriceAlertRefused,
    PriceAlertUnknown,
)
from infra.decision import Gone, Outcomes, Rows
from workers.notification.rules.crossing import PriceAlert, Watched, after
from workers.notification.rules.source import Kind, Source

MOST_ALERTS = 100
"""On one symbol: all of them are looked at in one transaction."""

CLOSE_ABOVE = Kind(
    "price_close_above",
    ja="{symbol} の {day} の終値 {value} が {threshold} 以上になりました。",
    en="{symbol} closed at {value} on {day}: it has risen to {threshold} or above.",
    link="/v1/prices/{symbol}",
)
CLOSE_BELOW = Kind(
    "price_close_below",
    ja="{symbol} の {day} の終値 {value} が {threshold} 以下になりました。",
    en="{symbol} closed at {value} on {day}: it has fallen to {threshold} or below.",
    link="/v1/prices/{symbol}",
)
FORECAST_ABOVE = Kind(
    "price_forecast_above",
    ja="{symbol} の予測値 {value}({day} 時点)が {threshold} 以上になりました。投資助言ではありません。",
    en="{symbol} is forecast at {value} as of {day}: {threshold} or above. This is not investment advice.",
    link="/v1/predictions/{symbol}",
)
FORECAST_BELOW = Kind(
    "price_forecast_below",
    ja="{symbol} の予測値 {value}({day} 時点)が {threshold} 以下になりました。投資助言ではありません。",
    en="{symbol} is forecast at {value} as of {day}: {threshold} or below. This is not investment advice.",
    link="/v1/predictions/{symbol}",
)


def create_alert(command: CreatePriceAlert, rows: Rows, now: datetime) -> Outcomes:
    """Begin with what is known: a threshold that is passed already fires after the value has gone back."""
    watched = rows.get(Watched, command.symbol) or Watched(command.symbol, [])
    known = rows.get(PriceAlert, command.alert_id)
    alert = PriceAlert(
        command.alert_id, command.holder, command.symbol, command.watch, command.direction, command.threshold, None, 0, None, now
    )
    if known:
        same = _wish(known) == _wish(alert)
        yield _created(known) if same else _refused(command, "already_exists")
        return
    if len(watched.alert_ids) >= MOST_ALERTS:
        yield _refused(command, "limit_exceeded")
        return
    value = watched.close if command.watch == "close" else watched.forecast
    yield replace(watched, alert_ids=[*watched.alert_ids, alert.alert_id])
    yield alert if value is None else replace(alert, armed=not alert.is_past(value))
    yield _created(alert)


def cancel_alert(command: CancelPriceAlert, rows: Rows, now: datetime) -> Outcomes:
    """It is forgotten; somebody else's alert is as unknown as none."""
    alert = rows.get(PriceAlert, command.alert_id)
    if alert is None or alert.holder != command.holder:
        yield PriceAlertUnknown(alert_id=command.alert_id, reason="unknown_alert")
        return
    watched = rows.get(Watched, alert.symbol)
    if watched and alert.alert_id in watched.alert_ids:
        yield replace(watched, alert_ids=[one for one in watched.alert_ids if one != alert.alert_id])
    yield Gone(PriceAlert, alert.alert_id)
    yield PriceAlertCancelled(alert_id=alert.alert_id, symbol=alert.symbol)


def prices_recorded(event: PricesRecorded, rows: Rows, now: datetime) -> Outcomes:
    """Days after the last one that was seen, in their order. Corrections and late days were passed over: nothing fires twice."""
    watched = rows.get(Watched, event.symbol) or Watched(event.symbol, [])
    last = watched.day
    news = sorted((one.day, one.close) for one in event.closes if last is None or one.day > last)
    if news:
        yield replace(watched, day=news[-1][0], close=news[-1][1])
        yield from _look(watched, "close", news, rows)


def forecast_made(event: PredictionGenerated, rows: Rows, now: datetime) -> Outcomes:
    """What a forecast says of its last day. An older one than is known says nothing new."""
    watched = rows.get(Watched, event.symbol) or Watched(event.symbol, [])
    if event.version > watched.version:
        value = event.steps[-1].value
        yield replace(watched, version=event.version, forecast=value)
        yield from _look(watched, "forecast", [(event.as_of, value)], rows)


def _look(watched: Watched, watch: str, news: Sequence[tuple[date, int]], rows: Rows) -> Outcomes:
    """One notice for each alert and message: many days at once may cross often, and the last crossing is what counts now."""
    for before in rows.each(PriceAlert, watched.alert_ids).values():
        if before.watch != watch:
            continue
        alert, crossed = after(before, news)
        if alert != before:
            yield alert
        if crossed:
            yield from _fire(alert, crossed)


def _fire(alert: PriceAlert, crossed: Sequence[tuple[date, int]]) -> Outcomes:
    day, value = crossed[-1]
    yield PriceAlertFired(
        alert_id=alert.alert_id, holder=alert.holder, symbol=alert.symbol, watch=alert.watch, direction=alert.direction,
        threshold=alert.threshold, day=day, value=value, crossings=len(crossed),
    )  # fmt: skip
    yield SendNotification(
        recipient=alert.holder, kind=f"price_{alert.watch}_{alert.direction}", subject_id=alert.alert_id,
        occasion=str(alert.fired),
        parameters={
            "symbol": alert.symbol, "day": day.isoformat(), "value": written(value), "threshold": written(alert.threshold),
        },
    )  # fmt: skip


def written(price: int) -> str:
    """1_342_500_000 is 1,342.5."""
    return f"{Decimal(price).scaleb(-SCALE).normalize():,f}"


def _wish(alert: PriceAlert) -> tuple[object, ...]:
    return alert.holder, alert.symbol, alert.watch, alert.direction, alert.threshold


def _created(alert: PriceAlert) -> PriceAlertCreated:
    return PriceAlertCreated(
        alert_id=alert.alert_id, holder=alert.holder, symbol=alert.symbol, watch=alert.watch, direction=alert.direction,
        threshold=alert.threshold,
    )  # fmt: skip


def _refused(command: CreatePriceAlert, reason: str) -> PriceAlertRefused:
    return PriceAlertRefused(alert_id=command.alert_id, symbol=command.symbol, reason=reason)  # type: ignore[arg-type]


source = Source(CLOSE_ABOVE, CLOSE_BELOW, FORECAST_ABOVE, FORECAST_BELOW)
source.on(CreatePriceAlert, create_alert)
source.on(CancelPriceAlert, cancel_alert)
source.on(PricesRecorded, prices_recorded)
source.on(PredictionGenerated, forecast_made)
