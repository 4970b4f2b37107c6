"""The rows of market. Their fields are the columns of `storage/market.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from contracts.market import Bar, Encoding
from contracts.price import Exchange
from infra.decision import Row

ImportStatus = Literal["arriving", "reading", "registering", "finished", "refused"]


@dataclass(frozen=True, slots=True)
class Instrument(Row):
    """`version` counts the bundles of prices that went out."""

    symbol: str
    name: str
    exchange: Exchange
    days: int
    version: int
    updated_at: datetime
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class DailyPrice(Row):
    """What a day says now; `import_id` said so last."""

    price_id: str
    symbol: str
    day: date
    open: int
    high: int
    low: int
    close: int
    adjusted_close: int
    volume: int
    revision: int
    import_id: str
    updated_at: datetime

    @property
    def bar(self) -> Bar:
        return Bar(
            day=self.day, open=self.open, high=self.high, low=self.low, close=self.close,
            adjusted_close=self.adjusted_close, volume=self.volume,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Correction(Row):
    """What a day said before. Never changed."""

    correction_id: str
    symbol: str
    day: date
    open: int
    high: int
    low: int
    close: int
    adjusted_close: int
    volume: int
    revision: int
    replaced_at: datetime
    replaced_by: str


@dataclass(frozen=True, slots=True)
class PriceImport(Row):
    """`awaited` are the numbers of the messages with days that have not come yet."""

    import_id: str
    exchange: Exchange
    symbol: str
    name: str
    encoding: Encoding | Literal[""]
    status: ImportStatus
    parts: int
    arrived: int
    rows: int
    awaited: list[int]
    added: int
    corrected: int
    unchanged: int
    first: date | None
    last: date | None
    changed_first: date | None
    changed_last: date | None
    findings: list[dict[str, Any]] = field(default_factory=list)
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportPart(Row):
    """A piece of the file, in base64, until it is read."""

    part_id: str
    import_id: str
    part: int
    content: str


def part_key(import_id: str, part: int) -> str:
    return f"{import_id}/{part}"


def price_key(symbol: str, day: date) -> str:
    return f"{symbol}:{day.isoformat()}"
