"""Price files: taken in parts, read by a job, reported line by line."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts.message import Command, Event, Id, Job, Refusal
from contracts.price import Exchange, Symbol

PART = 36_000
"""Bytes of a file in one message; in base64 they stay below 64 KiB."""
MOST_PARTS = 30
AT_ONCE = 200
"""Trading days in one message."""
Base64: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$", max_length=PART * 4 // 3)]
Encoding: TypeAlias = Literal["utf-8", "cp932"]
Name: TypeAlias = Annotated[str, StringConstraints(max_length=200)]
ReadingFailure: TypeAlias = Literal["invalid_csv", "impossible_prices", "mixed_symbols", "unknown_symbol"]


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
