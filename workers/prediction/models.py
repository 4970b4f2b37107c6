"""The port behind which every model stands: closes go in, a forecast with its intervals comes out.

A model is fitted to the past only: `fit` gets the days up to a cut, and `one_ahead` tells for each later day what the
fitted model would have said the evening before. pandas and statsmodels are imported where they are used: only the job
process spends the 120 MB that they cost.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Any, Protocol

from contracts.prediction import ModelName

LEVELS = (0.80, 0.95)
NORMAL = {level: NormalDist().inv_cdf(0.5 + level / 2) for level in LEVELS}


@dataclass(frozen=True, slots=True)
class Ahead:
    """A forecast for some days ahead: its values, and low and high for each of LEVELS."""

    values: list[float]
    bounds: dict[float, list[tuple[float, float]]]


class Fitted(Protocol):
    parameters: dict[str, str]

    def one_ahead(self, closes: Sequence[float], start: int) -> list[float]:
        """What it would have said of the days from `start` on, each from the days before it."""
        ...

    def ahead(self, steps: int) -> Ahead: ...


class Model(Protocol):
    """`least` days are needed to fit it. The same closes always give the same fit."""

    name: ModelName
    version: int
    least: int

    def fit(self, closes: Sequence[float]) -> Fitted: ...


class Naive:
    """Tomorrow as today; the error grows with the root of the days (a random walk without drift)."""

    name: ModelName = "naive"
    version = 1
    least = 10

    def fit(self, closes: Sequence[float]) -> Fitted:
        return _NaiveFit(closes)


class _NaiveFit:
    def __init__(self, closes: Sequence[float]) -> None:
        moves = [after - before for before, after in pairwise(closes)]
        self._last = closes[-1]
        self._sigma = math.sqrt(sum(move * move for move in moves) / len(moves))
        self.parameters = {"sigma": f"{self._sigma:.6f}"}

    def one_ahead(self, closes: Sequence[float], start: int) -> list[float]:
        return list(closes[start - 1 : -1])

    def ahead(self, steps: int) -> Ahead:
        spread = [self._sigma * math.sqrt(step) for step in range(1, steps + 1)]
        bounds = {level: [(self._last - z * one, self._last + z * one) for one in spread] for level, z in NORMAL.items()}
        return Ahead([self._last] * steps, bounds)


class ExponentialSmoothing:
    """Level and damped trend with additive errors, ETS(A,Ad,N), by statsmodels."""

    name: ModelName = "exponential-smoothing"
    version = 1
    least = 40

    def fit(self, closes: Sequence[float]) -> Fitted:
        return _SmoothingFit(closes)


class _SmoothingFit:
    def __init__(self, closes: Sequence[float]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the search for parameters warns of steps that it takes back itself
            self._result = _ets(closes).fit(disp=False, maxiter=200)
        names = self._result.model.param_names
        self.parameters = {name: f"{value:.6f}" for name, value in zip(names, self._result.params, strict=True)}

    def one_ahead(self, closes: Sequence[float], start: int) -> list[float]:
        return [float(value) for value in _ets(closes).smooth(self._result.params).fittedvalues.iloc[start:]]

    def ahead(self, steps: int) -> Ahead:
        count = int(self._result.nobs)
        forecast = self._result.get_prediction(start=count, end=count + steps - 1)
        bounds = {}
        for level in LEVELS:
            low, high = forecast.pred_int(alpha=1 - level).to_numpy().T
            bounds[level] = [(float(one), float(other)) for one, other in zip(low, high, strict=True)]
        return Ahead([float(value) for value in forecast.predicted_mean], bounds)


def _ets(closes: Sequence[float]) -> Any:
    from pandas import Series
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    return ETSModel(Series(closes, dtype=float), error="add", trend="add", damped_trend=True)


MODELS: tuple[Model, ...] = (Naive(), ExponentialSmoothing())
"""The simplest first. A new model, such as an LSTM, is one more line here and one more name in the contract."""
