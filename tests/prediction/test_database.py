"""What PostgreSQL itself forbids and answers for prediction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.prediction import GetPrediction, ListModels
from infra.database import Pool
from infra.decision import Row
from infra.spec import NOON
from tests import scratch
from tests.prediction.words import MONDAY, fit, fitted, given
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.prediction import group, queries
from workers.prediction.rules.state import Forecast, KnownClose, Model, Series

pytestmark = pytest.mark.req("S4-12")

METRICS = fit().metrics.model_dump()
MODEL = Model("M", "7203", "naive", 1, 1, {}, MONDAY, MONDAY, 10, METRICS, True, NOON)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("prediction", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (Series("X", announced=1, asked=1), "series_asks_with_everything_there"),
        (Series("X", complete=1, announced=1, forecast=1), "series_forecast_was_asked_for"),
        (KnownClose("X", "7203", MONDAY, 0, 1, 1), "close_is_positive"),
        (replace(MODEL, model_id="X"), "model_is_fitted_once_to_a_version"),
        (replace(MODEL, model_id="X", model="exponential-smoothing"), "model_best_is_one"),
        (Forecast("X", MONDAY, 1, [{}]), "forecast_is_of_a_registered_model"),
        (Forecast("M", MONDAY, 1, []), "forecast_has_steps"),
    ],
)
async def test_what_cannot_be_is_refused(pool: Pool, wrong: Row, constraint: str) -> None:
    await save(pool, MODEL)
    assert await refused(pool, wrong) == constraint


async def test_the_newest_forecast_is_answered_and_older_models_stay_listed(pool: Pool, reading: AsyncConnection) -> None:
    spec = given(Series("7203", "XTKS", "JPY", complete=2, announced=2, asked=2))
    spec.when(fitted(1, fit("naive"))).when(fitted(2, fit("naive"), fit("exponential-smoothing", 4)))
    for kind in (Series, Model, Forecast):
        await save(pool, *[row for row in spec.rows.values() if isinstance(row, kind)])
    best = await queries.prediction(GetPrediction(symbol="7203"), reading)
    assert best and (best.model, best.version, best.best) == ("exponential-smoothing", 2, True)
    naive = await queries.prediction(GetPrediction(symbol="7203", model="naive"), reading)
    assert naive and (naive.model, naive.version, naive.best) == ("naive", 2, False)
    assert await queries.prediction(GetPrediction(symbol="6758"), reading) is None
    page = await queries.models(ListModels(symbol="7203", limit=2), reading)
    assert [(one.version, one.model) for one in page.items] == [(2, "naive"), (2, "exponential-smoothing")]
    rest = await queries.models(ListModels(symbol="7203", limit=2, cursor=page.next_cursor or ""), reading)
    assert [one.version for one in rest.items] == [1] and rest.next_cursor is None
