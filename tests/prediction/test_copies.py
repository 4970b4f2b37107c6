"""Late, repeated and reordered bundles lead to one copy, and to one job for the newest prices."""

from __future__ import annotations

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.message import Message
from contracts.prediction import FitModels
from tests.prediction.words import fit, fitted, given, job, recorded, updated
from workers.prediction.rules.state import KnownClose, Series

pytestmark = pytest.mark.req("S4-12", "S4-22", "S4-24")


def test_a_forecast_is_asked_for_when_the_copy_is_whole() -> None:
    spec = given().when(recorded(1, {0: 100})).then()
    spec.when(recorded(2, {1: 101})).then()
    spec.when(updated(2)).then(job(2))


def test_whatever_comes_first() -> None:
    spec = given().when(updated(2)).then()
    spec.when(recorded(2, {1: 101})).then()
    spec.when(recorded(1, {0: 100})).then(job(2))


def test_a_repetition_asks_for_nothing() -> None:
    spec = given().when(recorded(1, {0: 100}), updated(1)).then(job(1))
    spec.when(recorded(1, {0: 100}), updated(1)).then()


HISTORY = st.lists(st.dictionaries(st.integers(0, 4), st.integers(90, 110), min_size=1), min_size=1, max_size=6)


@settings(max_examples=200, deadline=None)
@anything(HISTORY, st.data())
def test_every_order_with_every_repetition_ends_alike(history: list[dict[int, int]], data: st.DataObject) -> None:
    bundles: list[Message] = [recorded(n, closes) for n, closes in enumerate(history, 1)]
    updates: list[Message] = [updated(n) for n in range(1, len(history) + 1)]
    messages = data.draw(st.permutations(bundles + updates))
    again = data.draw(st.lists(st.sampled_from(bundles + updates), max_size=6))
    spec, asked = given(), []
    for message in [*messages, *again]:
        spec.when(message)
        asked += [one.version for one in spec.sent if isinstance(one, FitModels)]
    truth: dict[int, int] = {}
    for closes in history:
        truth |= closes
    kept = sorted((row.day, row.close) for row in spec.rows.values() if isinstance(row, KnownClose))
    assert [value for _, value in kept] == [truth[day] for day in sorted(truth)]
    assert asked == sorted(set(asked)) and asked[-1] == len(history)
    series = spec.row(Series, "7203")
    assert series and (series.complete, series.ahead, series.asked) == (len(history), [], len(history))


@settings(max_examples=100, deadline=None)
@anything(st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_an_older_or_repeated_fit_never_stands_over_a_newer_one(versions: list[int]) -> None:
    spec = given(Series("7203", "XTKS", "JPY", complete=5, announced=5, asked=5))
    told: list[int] = []
    for version in versions:
        spec.when(fitted(version, fit()))
        told += [one.version for one in spec.sent]  # type: ignore[union-attr]
        series = spec.row(Series, "7203")
        assert series and series.forecast == max(told)
    assert told == sorted(set(told)) and told[-1] == max(versions)
