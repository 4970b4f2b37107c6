"""The words in which the tests of prediction speak."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from contracts.market import Close, PricesRecorded, PricesUpdated
from contracts.prediction import Fit, FitModels, Metrics, RecordForecasts, Step
from infra.decision import Row
from infra.spec import Spec
from workers.prediction import group

APPLE = Path(__file__).parents[2] / "edge" / "pages" / "static" / "prices" / "prices_aapl_2015_2017.csv"
MONDAY = date(2024, 6, 3)


def given(*rows: Row) -> Spec:
    return Spec(group, *rows)


def recorded(version: int, closes: dict[int, int]) -> PricesRecorded:
    """A bundle with the closes of some days, counted from a Monday."""
    named = (Close(day=MONDAY + timedelta(days=n), close=value, adjusted_close=value) for n, value in closes.items())
    return PricesRecorded(symbol="7203", version=version, closes=tuple(named))


def updated(version: int) -> PricesUpdated:
    return PricesUpdated(
        symbol="7203", import_id="I", exchange="XTKS", currency="JPY", first=MONDAY, last=MONDAY, added=1, corrected=0,
        days=1, version=version,
    )  # fmt: skip


def job(version: int) -> FitModels:
    return FitModels(symbol="7203", version=version, exchange="XTKS")


def fit(model: str = "naive", mae: int = 5) -> Fit:
    step = Step(day=MONDAY, value=100, low80=90, high80=110, low95=80, high95=120)
    return Fit(
        model=model, model_version=1, parameters={}, trained_first=MONDAY, trained_last=MONDAY, observations=10,  # type: ignore[arg-type]
        metrics=Metrics(tested=2, mae=mae, mape_ppm=1, naive_mae=5), steps=(step,),
    )  # fmt: skip


def fitted(version: int, *fits: Fit) -> RecordForecasts:
    return RecordForecasts(symbol="7203", version=version, as_of=MONDAY, close=100, fits=fits)


@cache
def apple() -> Sequence[tuple[date, int, int]]:
    """Days, closes and adjusted closes of the real file."""
    with APPLE.open() as file:
        rows = list(csv.DictReader(file))
    return [
        (date.fromisoformat(row["Date"]), round(float(row["AAPL.Close"]) * 10**6), round(float(row["AAPL.Adjusted"]) * 10**6))
        for row in rows
    ]
