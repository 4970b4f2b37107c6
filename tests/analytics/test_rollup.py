"""Weeks, months and trends, as facts and over random histories."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.analytics import Crossing
from contracts.market import Close, PricesRecorded
from contracts.prediction import Metrics, PredictionGenerated, Step
from infra.spec import Spec
from workers.analytics import group
from workers.analytics.rules.rollup import LatestOutlook, PeriodSum
from workers.analytics.rules.trend import crossings, direction, moving_average

pytestmark = pytest.mark.req("S4-13", "S4-22")

START = date(2024, 5, 27)


def recorded(version: int, closes: dict[int, int]) -> PricesRecorded:
    named = (Close(day=START + timedelta(days=n), close=value, adjusted_close=value) for n, value in closes.items())
    return PricesRecorded(symbol="7203", version=version, closes=tuple(named))


def generated(version: int, value: int = 110) -> PredictionGenerated:
    step = Step(day=START + timedelta(days=5), value=value, low80=1, high80=2, low95=1, high95=2)
    return PredictionGenerated(
        symbol="7203", version=version, exchange="XTKS", currency="JPY", as_of=START, close=100, model="naive", model_version=1,
        metrics=Metrics(tested=1, mae=1, mape_ppm=1, naive_mae=1), steps=(step,),
    )  # fmt: skip


def test_a_day_counts_in_its_week_and_its_month() -> None:
    spec = Spec(group).when(recorded(1, {4: 100, 5: 200, 7: 300}))
    spec.leaves(
        PeriodSum("7203:week:2024-05-27", "7203", "week", date(2024, 5, 27), 2, 300),
        PeriodSum("7203:week:2024-06-03", "7203", "week", date(2024, 6, 3), 1, 300),
        PeriodSum("7203:month:2024-05-01", "7203", "month", date(2024, 5, 1), 1, 100),
        PeriodSum("7203:month:2024-06-01", "7203", "month", date(2024, 6, 1), 2, 500),
    )


HISTORY = st.lists(st.dictionaries(st.integers(0, 40), st.integers(1, 99), min_size=1, max_size=9), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@anything(HISTORY, st.data())
def test_every_order_with_every_repetition_adds_up_to_the_same(history: list[dict[int, int]], data: st.DataObject) -> None:
    bundles = [recorded(n, closes) for n, closes in enumerate(history, 1)]
    order = data.draw(st.permutations(bundles)) + data.draw(st.lists(st.sampled_from(bundles), max_size=4))
    spec = Spec(group)
    for bundle in order:
        spec.when(bundle)
    truth: dict[int, int] = {}
    for closes in history:
        truth |= closes
    sums: dict[tuple[str, date], list[int]] = defaultdict(list)
    for n, value in truth.items():
        day = START + timedelta(days=n)
        sums["week", day - timedelta(days=day.weekday())].append(value)
        sums["month", day.replace(day=1)].append(value)
    kept = {(row.kind, row.first): (row.days, row.total) for row in spec.rows.values() if isinstance(row, PeriodSum)}
    assert kept == {key: (len(values), sum(values)) for key, values in sums.items()}


def test_an_older_forecast_never_stands_over_a_newer_one() -> None:
    spec = Spec(group).when(generated(2, 120)).when(generated(1, 90)).when(generated(2, 120))
    spec.leaves(LatestOutlook("7203", 2, "naive", START, 100, START + timedelta(days=5), 120))


def test_averages_are_over_trading_days() -> None:
    assert moving_average([1, 2, 3, 4], 2) == [None, 1, 2, 3]
    assert moving_average([1], 2) == [None] and moving_average([], 2) == []


def test_the_order_of_the_averages_is_the_direction() -> None:
    assert direction([100] * 24) == "unknown"
    assert direction([100] * 25) == "flat"
    assert direction([1000] * 24 + [1050]) == "up" and direction([1000] * 24 + [950]) == "down"


def test_a_crossing_is_told_on_its_day() -> None:
    closes = [100] * 25 + [90] * 10 + [130] * 10
    days = [START + timedelta(days=n) for n in range(len(closes))]
    assert crossings(days, closes) == [Crossing(day=days[35], kind="golden")]
    assert crossings(days, [100] * 45) == []
