"""The published language of prediction: forecasts from registered models (S4-12, S4-22). Not investment advice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Answer, Command, Event, Job, Query, Refusal
from contracts.price import SCALE, Exchange, Price6, Symbol

ModelName: TypeAlias = Literal["naive", "exponential-smoothing"]
MOST_STEPS = 20


class Step(BaseModel):
    """The close of one coming trading day: in 80 and in 95 of 100 cases it should lie between low and high."""

    model_config = ConfigDict(frozen=True)

    day: date
    value: Price6
    low80: Price6
    high80: Price6
    low95: Price6
    high95: Price6


class Metrics(BaseModel):
    """How the model did one day ahead on the last `tested` days, which its parameters were not fitted on.

    Errors are in millionths of the currency's unit and of the price; `naive_mae` is that of "tomorrow as today".
    """

    model_config = ConfigDict(frozen=True)

    tested: int
    mae: int
    mape_ppm: int
    naive_mae: int


class Fit(BaseModel):
    """A model version, fitted to a symbol. `parameters` are decimal numbers, written out."""

    model_config = ConfigDict(frozen=True)

    model: ModelName
    model_version: int
    parameters: dict[str, str]
    trained_first: date
    trained_last: date
    observations: int
    metrics: Metrics
    steps: tuple[Step, ...] = Field(min_length=1, max_length=MOST_STEPS)


# What happened


class PredictionGenerated(Event):
    """The forecast of the model that did best, made from all prices up to `version` of the symbol."""

    topic, about, aggregate = "prediction.generated.v1", "symbol", "series"
    symbol: Symbol
    version: int
    exchange: Exchange
    currency: str
    as_of: date = Field(description="the last day that it knew")
    close: Price6 = Field(description="of that day")
    model: ModelName
    model_version: int
    metrics: Metrics
    steps: tuple[Step, ...]


class PredictionUnavailable(Refusal):
    """Fewer prices than a model needs."""

    topic, about = "prediction.unavailable.v1", "symbol"
    symbol: Symbol
    version: int
    reason: Literal["too_few_prices"]


# What prediction asks of itself


class FitModels(Job):
    """Fit every registered model to the symbol's prices up to `version`. Answers with RecordForecasts."""

    topic, about = "prediction.fit-models.v1", "symbol"
    symbol: Symbol
    version: int
    exchange: Exchange


class RecordForecasts(Command):
    """What a job has fitted; nothing when there are too few prices."""

    topic, about = "prediction.record-forecasts.v1", "symbol"
    symbol: Symbol
    version: int
    as_of: date
    close: Price6
    fits: tuple[Fit, ...] = Field(default=(), max_length=10)


# What can be asked about


class PredictionAnswer(Answer):
    """Prices have `scale` digits after the point. `best` is the model whose forecast is told."""

    symbol: str
    exchange: Exchange
    currency: str
    scale: Literal[6] = SCALE
    version: int
    as_of: date
    close: int
    model: ModelName
    model_version: int
    best: bool
    parameters: dict[str, str]
    trained_first: date
    trained_last: date
    observations: int
    metrics: Metrics
    steps: tuple[Step, ...]
    created_at: datetime
    note_en: str = "A statistical forecast, not investment advice."
    note_ja: str = "統計的な予測であり、投資助言ではありません。"


class GetPrediction(Query):
    """The newest forecast: of the best model, or of the one that is named."""

    topic, about = "prediction.get-prediction.v1", "symbol"
    symbol: Symbol
    model: ModelName | Literal[""] = ""


class RegisteredModel(BaseModel):
    model_config = ConfigDict(frozen=True)

    model_id: str
    model: ModelName
    model_version: int
    version: int
    parameters: dict[str, str]
    trained_first: date
    trained_last: date
    observations: int
    metrics: Metrics
    best: bool
    created_at: datetime


class ModelPage(Answer):
    """The newest fits first."""

    symbol: str
    scale: Literal[6] = SCALE
    items: tuple[RegisteredModel, ...]
    next_cursor: str | None


class ListModels(Query):
    """The cursor is the last model id of the page before."""

    topic, about = "prediction.list-models.v1", "symbol"
    symbol: Symbol
    cursor: str = Field(default="", max_length=120)
    limit: int = Field(default=50, ge=1, le=200)
