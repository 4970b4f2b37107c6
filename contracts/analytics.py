"""The published language of analytics: what prices amount to over time (S4-13)."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Answer, Query
from contracts.price import SCALE, Symbol


class Period(BaseModel):
    """A week from Monday, or a month: how many days of it are known, and the average of their closes."""

    model_config = ConfigDict(frozen=True)

    first: date
    days: int
    average: int


class Crossing(BaseModel):
    """The short average went over the long one (`golden`) or under it (`dead`)."""

    model_config = ConfigDict(frozen=True)

    day: date
    kind: Literal["golden", "dead"]


class Outlook(BaseModel):
    """Where the newest forecast points to: its last day against the close that it started from, in millionths."""

    model_config = ConfigDict(frozen=True)

    model: str
    as_of: date
    day: date
    value: int
    change_ppm: int


class TrendAnswer(Answer):
    """Prices have `scale` digits after the point. Averages are over 5 and 25 trading days, None while there are fewer."""

    symbol: str
    scale: Literal[6] = SCALE
    as_of: date
    close: int
    short: int | None
    long: int | None
    direction: Literal["up", "down", "flat", "unknown"]
    crossings: tuple[Crossing, ...] = Field(max_length=20)
    weeks: tuple[Period, ...] = Field(max_length=26)
    months: tuple[Period, ...] = Field(max_length=24)
    outlook: Outlook | None


class GetTrend(Query):
    topic, about = "analytics.get-trend.v1", "symbol"
    symbol: Symbol
