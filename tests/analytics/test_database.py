"""What PostgreSQL itself forbids and answers for analytics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.analytics import GetTrend
from infra.database import Pool
from infra.decision import Row
from infra.spec import Spec
from tests import scratch
from tests.analytics.test_rollup import START, generated, recorded
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.analytics import group, queries
from workers.analytics.rules.rollup import KnownClose, LatestOutlook, PeriodSum

pytestmark = pytest.mark.req("S4-13")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("analytics", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (KnownClose("X", "7203", START, 0, 1), "close_is_positive"),
        (PeriodSum("X", "7203", "week", START, 0, 0), "period_adds_up_days"),
        (PeriodSum("X", "7203", "year", START, 1, 1), "period_kind_is_known"),  # type: ignore[arg-type]
        (LatestOutlook("7203", 1, "naive", START, 1, START, 1), "outlook_looks_ahead"),
    ],
)
async def test_what_cannot_be_is_refused(pool: Pool, wrong: Row, constraint: str) -> None:
    assert await refused(pool, wrong) == constraint


async def test_a_trend_is_answered_with_its_periods_and_outlook(pool: Pool, reading: AsyncConnection) -> None:
    spec = Spec(group).when(recorded(1, {n: 100 + n for n in range(30)})).when(generated(1, 110))
    await save(pool, *spec.rows.values())
    answer = await queries.trend(GetTrend(symbol="7203"), reading)
    assert answer and answer.outlook
    assert (answer.close, answer.short, answer.long, answer.direction) == (129, 127, 117, "up")
    assert (answer.outlook.value, answer.outlook.change_ppm) == (110, 100_000)
    assert [one.first for one in answer.months] == [date(2024, 5, 1), date(2024, 6, 1)]
    assert (answer.weeks[0].days, answer.weeks[0].average) == (7, 103)
    assert await queries.trend(GetTrend(symbol="6758"), reading) is None
