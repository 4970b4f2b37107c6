"""What PostgreSQL itself forbids and answers for market."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.market import GetPrices, ListCorrections
from infra.database import Pool
from infra.decision import Row
from infra.spec import NOON
from tests import scratch
from tests.market.words import MONDAY, imported, week
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.market import group, queries
from workers.market.rules.state import DailyPrice, Instrument, PriceImport, price_key

pytestmark = pytest.mark.req("S4-11")

TOYOTA = Instrument("7203", "Toyota", "XTKS", 1, 1, NOON)
DAY = DailyPrice(price_key("7203", MONDAY), "7203", MONDAY, 100, 101, 99, 100, 100, 10, 1, "I", NOON)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("market", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (replace(DAY, price_id="another"), "price_is_one_for_a_day"),
        (replace(DAY, price_id="x", day=MONDAY + timedelta(days=1), low=0), "price_is_possible"),
        (replace(DAY, price_id="x", day=MONDAY + timedelta(days=1), high=98), "price_is_possible"),
        (replace(DAY, price_id="x", symbol="6758"), "price_is_of_an_instrument"),
        (replace(TOYOTA, symbol="X", exchange="XLON"), "instrument_exchange_is_known"),  # type: ignore[arg-type]
        (
            PriceImport("I", "XTKS", "7203", "", "utf-8", "finished", 1, 1, 3, [], 1, 1, 0, None, None, None, None, [], NOON),
            "price_import_counts_add_up",
        ),
    ],
)
async def test_what_cannot_be_is_refused(pool: Pool, wrong: Row, constraint: str) -> None:
    await save(pool, TOYOTA, DAY)
    assert await refused(pool, wrong) == constraint


async def test_prices_are_answered_page_by_page_and_by_range(pool: Pool, reading: AsyncConnection) -> None:
    spec, _ = imported(week(100, 101, 102, 103), symbol="7203")
    spec, _ = imported(week(100, 111), spec, "II", symbol="7203")
    rows = list(spec.rows.values())
    await save(pool, *[row for row in rows if isinstance(row, Instrument)], *[r for r in rows if not isinstance(r, Instrument)])
    first = await queries.prices(GetPrices(symbol="7203", limit=3), reading)
    assert first and first.next_cursor and first.scale == 6
    assert [(one.close // 10**6, one.revision) for one in first.items] == [(100, 1), (111, 2), (102, 1)]
    rest = await queries.prices(GetPrices(symbol="7203", limit=3, cursor=first.items[-1].day), reading)
    assert rest and [one.close // 10**6 for one in rest.items] == [103] and rest.next_cursor is None
    tuesday = MONDAY + timedelta(days=1)
    one = await queries.prices(GetPrices(symbol="7203", first=tuesday, last=tuesday), reading)
    assert one and [item.day for item in one.items] == [tuesday]
    corrections = await queries.corrections(ListCorrections(symbol="7203"), reading)
    assert corrections and [(one.close // 10**6, one.replaced_by) for one in corrections.items] == [(101, "II")]
    assert await queries.prices(GetPrices(symbol="6758"), reading) is None
    assert await queries.corrections(ListCorrections(symbol="6758"), reading) is None
