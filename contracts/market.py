"""The published language of market: instruments and their daily prices (S4-11, S4-22). The scale of prices: `contracts.price`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.message import Answer, Command, Event, Id, Job, Query, Refusal
from contracts.price import SCALE, Exchange, Price6, Symbol

PART = 36_000
"""Bytes of a file in one message; in base64 they stay below 64 KiB."""

MOST_PARTS = 30
AT_ONCE = 200
"""Trading days in one message."""

Base64: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=PART * 4 // 3)]
Encoding: TypeAlias = Literal["utf-8", "cp932"]
Name: TypeAlias = Annotated[str, StringConstraints(max_length=200)]
ReadingFailure: TypeAlias = Literal["invalid_csv", "impossible_prices", "mixed_symbols", "unknown_symbol"]


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


class Finding(BaseModel):
    """What a check of a file found: how often, and the first lines where. Only `fatal` ones refuse the file."""

    model_config = ConfigDict(frozen=True)

    check: str = Field(max_length=40)
    severity: Literal["note", "warning", "fatal"]
    count: int = Field(ge=1)
    lines: tuple[int, ...] = Field(default=(), max_length=5)
    detail: str = Field(default="", max_length=200)


class Fault(BaseModel):
    """Why a file is refused, and where: line 0 is the whole file. Repeats nothing of the file but a column's name."""

    model_config = ConfigDict(frozen=True)

    reason: ReadingFailure
    line: int = Field(ge=0)
    column: str = Field(default="", max_length=64)
    error: str = Field(max_length=200)


# What happened


class PriceImportProgressed(Event):
    topic, about = "market.price-import-progressed.v1", "import_id"
    import_id: str
    rows: int
    registered: int


class PricesImported(Event):
    """The import is over. Days whose values stood there already are `unchanged`, others `corrected`, with their history."""

    topic, about = "market.prices-imported.v1", "import_id"
    import_id: str
    symbol: str
    name: str
    exchange: Exchange
    currency: str
    time_zone: str
    encoding: Encoding
    first: date
    last: date
    rows: int
    added: int
    corrected: int
    unchanged: int
    report: tuple[Finding, ...] = Field(max_length=20)


class PriceImportRefused(Refusal):
    """Nothing was changed. `other_exchange`: the symbol is known on another one."""

    topic, about = "market.price-import-refused.v1", "import_id"
    import_id: str
    reason: ReadingFailure | Literal["other_exchange"]
    line: int
    column: str
    error: str
    report: tuple[Finding, ...] = Field(default=(), max_length=20)


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


class ImportPrices(Command):
    """One part of a CSV file, in bytes as it was sent; the last one to come starts the import.

    `symbol` and `name` may be left to the file where it names them.
    """

    topic, about = "market.import-prices.v1", "import_id"
    succeeds, fails = (PricesImported,), (PriceImportRefused,)
    import_id: Id
    exchange: Exchange
    symbol: Symbol | Literal[""] = ""
    name: Name = ""
    part: int = Field(ge=0, lt=MOST_PARTS)
    parts: int = Field(ge=1, le=MOST_PARTS)
    content: Base64

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        if self.part >= self.parts:
            raise ValueError("parts are counted from 0")
        return self


class ReadPrices(Job):
    """Read and check the whole file of an import. Answers with ReportPrices, and a RegisterPrices for each 200 days."""

    topic, about = "market.read-prices.v1", "import_id"
    import_id: Id


class ReportPrices(Command):
    """What a job found in the file; the days follow in `parts` messages, none when it is refused."""

    topic, about = "market.report-prices.v1", "import_id"
    import_id: Id
    symbol: Symbol | Literal[""] = ""
    name: Name = ""
    encoding: Encoding | Literal[""] = ""
    rows: int = Field(ge=0)
    parts: int = Field(ge=0)
    findings: tuple[Finding, ...] = Field(default=(), max_length=20)
    refused: Fault | None = None


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
