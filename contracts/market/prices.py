"""Daily prices as they stand, and as they stood before a correction."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.market.imports import AT_ONCE
from contracts.message import Answer, Command, Event, Id, Query
from contracts.price import SCALE, Exchange, Price6, Symbol


class Bar(BaseModel):
    """One trading day. `adjusted_close` is as the source has it: splits and dividends until its own last day count."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    open: Price6
    high: Price6
    low: Price6
    close: Price6
    adjusted_close: Price6
    volume: int = Field(ge=0, le=10**15, strict=True)


class Close(BaseModel):
    """What others need of a trading day."""

    model_config = ConfigDict(frozen=True)

    day: date
    close: Price6
    adjusted_close: Price6


# What happened


class PricesRecorded(Event):
    """New or corrected days, a bounded bundle for those who keep a copy.

    `version` counts the bundles of the symbol from 1: of a day that comes twice the higher version counts, and who has
    all versions up to one has everything.
    """

    topic, about, aggregate = "market.prices-recorded.v1", "symbol", "instrument"
    symbol: Symbol
    version: int = Field(ge=1)
    closes: tuple[Close, ...] = Field(min_length=1, max_length=AT_ONCE)


class PricesUpdated(Event):
    """An import changed something between two days (S4-22). All of it went before in the bundles up to `version`."""

    topic, about, aggregate = "market.prices-updated.v1", "symbol", "instrument"
    symbol: Symbol
    import_id: str
    exchange: Exchange
    currency: str
    first: date
    last: date
    added: int
    corrected: int
    days: int = Field(description="known of the symbol in all")
    version: int = Field(ge=1)


# What can be asked of market


class RegisterPrices(Command):
    """Some days of a file that was found fit."""

    topic, about = "market.register-prices.v1", "import_id"
    import_id: Id
    part: int = Field(ge=0)
    bars: tuple[Bar, ...] = Field(min_length=1, max_length=AT_ONCE)


# What can be asked about


class PriceItem(Bar):
    """`revision` 1 is what was imported first."""

    revision: int


class PricePage(Answer):
    """By day, ascending. Prices have `scale` digits after the point."""

    symbol: str
    name: str
    exchange: Exchange
    currency: str
    time_zone: str
    scale: Literal[6] = SCALE
    items: tuple[PriceItem, ...]
    next_cursor: str | None


class GetPrices(Query):
    """Both days belong to the range; the cursor is the last day of the page before."""

    topic, about = "market.get-prices.v1", "symbol"
    symbol: Symbol
    first: date | None = None
    last: date | None = None
    cursor: date | None = None
    limit: int = Field(default=50, ge=1, le=1000)


class Correction(Bar):
    """What a day said before `replaced_at`."""

    revision: int
    replaced_at: datetime
    replaced_by: str = Field(description="the import")


class CorrectionPage(Answer):
    """By day and revision, ascending."""

    symbol: str
    scale: Literal[6] = SCALE
    items: tuple[Correction, ...]
    next_cursor: str | None


class ListCorrections(Query):
    topic, about = "market.list-corrections.v1", "symbol"
    symbol: Symbol
    cursor: str = Field(default="", max_length=64)
    limit: int = Field(default=50, ge=1, le=200)
