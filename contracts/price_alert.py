"""Price alerts, which notification keeps (S4-14): who wants to hear when a price, or its forecast, crosses a threshold."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.price import SCALE, Price6, Symbol

Watch: TypeAlias = Literal["close", "forecast"]
Direction: TypeAlias = Literal["above", "below"]


# What happened


class PriceAlertCreated(Event):
    topic, about, key = "notification.price-alert-created.v1", "alert_id", "symbol"
    alert_id: str
    holder: str
    symbol: Symbol
    watch: Watch
    direction: Direction
    threshold: Price6


class PriceAlertRefused(Refusal):
    """`limit_exceeded`: too many alerts on one symbol. `already_exists`: this id was given to another alert."""

    topic, about, key = "notification.price-alert-refused.v1", "alert_id", "symbol"
    alert_id: str
    symbol: str
    reason: Literal["limit_exceeded", "already_exists"]


class PriceAlertFired(Event):
    """The close, or the last day of a forecast, crossed the threshold on `day`. `crossings`: so often in one message."""

    topic, about, key = "notification.price-alert-fired.v1", "alert_id", "symbol"
    alert_id: str
    holder: str
    symbol: Symbol
    watch: Watch
    direction: Direction
    threshold: Price6
    day: date
    value: Price6
    crossings: int = Field(ge=1)


class PriceAlertCancelled(Event):
    topic, about, key = "notification.price-alert-cancelled.v1", "alert_id", "symbol"
    alert_id: str
    symbol: str


class PriceAlertUnknown(Refusal):
    """There is no such alert, or it is somebody else's."""

    topic, about = "notification.price-alert-unknown.v1", "alert_id"
    alert_id: str
    reason: Literal["unknown_alert"]


# What can be asked of notification


class CreatePriceAlert(Command):
    """Fires when the value reaches the threshold from the other side, then not before it has gone back by 1 %."""

    topic, about, key = "notification.create-price-alert.v1", "alert_id", "symbol"
    succeeds, fails = (PriceAlertCreated,), (PriceAlertRefused,)
    alert_id: Id
    holder: Id
    symbol: Symbol
    watch: Watch = "close"
    direction: Direction
    threshold: Price6


class CancelPriceAlert(Command):
    topic, about = "notification.cancel-price-alert.v1", "alert_id"
    succeeds, fails = (PriceAlertCancelled,), (PriceAlertUnknown,)
    alert_id: Id
    holder: Id


# What can be asked about


class AlertItem(BaseModel):
    """`armed`: it fires at the next crossing; None until a first value is known. `fired` counts crossings."""

    model_config = ConfigDict(frozen=True)

    alert_id: str
    symbol: str
    watch: Watch
    direction: Direction
    threshold: int
    armed: bool | None
    fired: int
    fired_on: date | None
    created_at: datetime


class AlertPage(Answer):
    """Prices have `scale` digits after the point."""

    scale: Literal[6] = SCALE
    items: tuple[AlertItem, ...]
    next_cursor: str | None


class ListPriceAlerts(Query):
    topic, about = "notification.list-price-alerts.v1", "holder"
    holder: Id
    cursor: str = Field(default="", max_length=64)
    limit: int = Field(default=50, ge=1, le=200)
