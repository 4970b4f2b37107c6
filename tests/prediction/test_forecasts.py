"""Models and what they say of real prices."""

from __future__ import annotations

from datetime import date

import pytest

from contracts.prediction import PredictionGenerated, PredictionUnavailable
from tests.prediction.words import apple, fit, fitted, given, job
from workers.prediction.jobs import forecasts, sessions_after
from workers.prediction.models import MODELS, ExponentialSmoothing
from workers.prediction.rules.state import Model, Series, model_key

pytestmark = pytest.mark.req("S4-12")

READY = Series("7203", "XTKS", "JPY", complete=2, announced=2, asked=2)


def test_the_model_that_did_best_is_told_and_all_are_registered() -> None:
    spec = given(READY).when(fitted(2, fit("naive", 5), fit("exponential-smoothing", 4)))
    (told,) = spec.sent
    assert isinstance(told, PredictionGenerated) and told.model == "exponential-smoothing"
    kept = [spec.row(Model, model_key("7203", 2, name, 1)) for name in ("naive", "exponential-smoothing")]
    assert [one.best for one in kept if one] == [False, True]


def test_a_model_that_is_no_better_than_the_simplest_is_not_told() -> None:
    (told,) = given(READY).when(fitted(2, fit("naive", 5), fit("exponential-smoothing", 5))).sent
    assert isinstance(told, PredictionGenerated) and told.model == "naive"


def test_too_few_prices_are_said_and_not_guessed_from() -> None:
    few = forecasts(job(2), apple()[:9])
    assert few.fits == ()
    given(READY).when(few).then(PredictionUnavailable(symbol="7203", version=2, reason="too_few_prices"))
    assert [one.model for one in forecasts(job(2), apple()[:30]).fits] == ["naive"]


def test_the_same_prices_give_the_same_forecast() -> None:
    first = forecasts(job(1), apple())
    assert first == forecasts(job(1), apple())
    assert [one.model for one in first.fits] == ["naive", "exponential-smoothing"]
    for one in first.fits:
        assert one.metrics.tested == 60 and 0 < one.metrics.mae < 2 * one.metrics.naive_mae
        assert [step.day for step in one.steps] == sessions_after("XTKS", date(2017, 2, 16), 5)
        for before, step in zip((None, *one.steps), one.steps, strict=False):
            assert step.low95 < step.low80 < step.value < step.high80 < step.high95
            assert before is None or step.high95 - step.low95 > before.high95 - before.low95


def test_the_intervals_hold_on_real_prices() -> None:
    """Of the next day's closes of a year, about 80 and 95 of 100 lie within their bounds."""
    closes = [close / 10**6 for _, close, _ in apple()]
    inside = {0.80: 0, 0.95: 0}
    days = range(250, 500)
    for n in days:
        ahead = MODELS[0].fit(closes[:n]).ahead(1)
        for level in inside:
            low, high = ahead.bounds[level][0]
            inside[level] += low <= closes[n] <= high
    assert 0.75 <= inside[0.80] / len(days) <= 0.95 and 0.90 <= inside[0.95] / len(days) <= 1


def test_a_fit_knows_nothing_of_what_came_after() -> None:
    """Told of the days after the cut, it says of each what it would have said without the later ones."""
    closes = [close / 10**6 for _, close, _ in apple()[:200]]
    fitted_ = ExponentialSmoothing().fit(closes[:150])
    whole, shorter = fitted_.one_ahead(closes, 150), fitted_.one_ahead(closes[:160], 150)
    assert shorter == pytest.approx(whole[:10])


def test_coming_days_are_trading_days_of_the_exchange() -> None:
    found = sessions_after("XTKS", date(2005, 12, 30), 3)
    assert found == [date(2006, 1, 4), date(2006, 1, 5), date(2006, 1, 6)]
