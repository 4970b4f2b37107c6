"""The rows of prediction. Their fields are the columns of `storage/prediction.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contracts.prediction import ModelName
from infra.decision import Row


@dataclass(frozen=True, slots=True)
class Series(Row):
    """How much of a symbol's prices is here.

    Every bundle up to `complete` was taken, and those of `ahead`; `announced` is the newest version that somebody told
    of, `asked` the newest that a job was asked to fit, `forecast` the newest that has forecasts.
    """

    symbol: str
    exchange: str = ""
    currency: str = ""
    complete: int = 0
    ahead: list[int] = field(default_factory=list)
    announced: int = 0
    asked: int = 0
    forecast: int = 0
    sequence: int = 0

    @property
    def holds(self) -> bool:
        return self.forecast <= self.asked <= min(self.complete, self.announced)


@dataclass(frozen=True, slots=True)
class KnownClose(Row):
    """The copy of one day; `version` is the bundle that said so."""

    close_id: str
    symbol: str
    day: date
    close: int
    adjusted_close: int
    version: int


@dataclass(frozen=True, slots=True)
class Model(Row):
    """One version of a model, fitted to a symbol's prices up to `version`. Never changed."""

    model_id: str
    symbol: str
    model: ModelName
    model_version: int
    version: int
    parameters: dict[str, str]
    trained_first: date
    trained_last: date
    observations: int
    metrics: dict[str, int]
    best: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Forecast(Row):
    """What that model says. Never changed."""

    model_id: str
    as_of: date
    close: int
    steps: list[dict[str, Any]]


def close_key(symbol: str, day: date) -> str:
    return f"{symbol}:{day.isoformat()}"


def model_key(symbol: str, version: int, model: str, model_version: int) -> str:
    """In the order of the symbol's versions."""
    return f"{symbol}:{version:08d}:{model}:{model_version}"
