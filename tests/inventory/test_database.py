"""What PostgreSQL itself forbids, finds and answers for inventory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.inventory import GetProduct, GetReservation, GetStock, ListOversold, ListProducts, StockAnswer
from infra.database import Pool
from infra.spec import NOON
from tests import scratch
from tests.inventory.words import product, reservation, stock
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.inventory import group, queries
from workers.inventory.rules.state import Movement, Overdue, Oversold, derived

pytestmark = pytest.mark.req("S3-14", "S3-17", "S3-58", "S3-64")

PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)
SALE = Movement("M1", "CUP", -2, "sale", "A", "", NOON)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("inventory", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest.mark.req("S3-14", "S3-56")
@pytest.mark.parametrize(("on_hand", "reserved"), [(1, 2), (1, -1), (-1, -1)])
async def test_stock_can_never_be_oversold(pool: Pool, on_hand: int, reserved: int) -> None:
    assert await refused(pool, product("CUP"), stock("CUP", on_hand, reserved)) == "stock_is_never_oversold"


async def test_there_is_no_stock_without_a_product(pool: Pool) -> None:
    assert await refused(pool, stock("CUP", 1)) == "stock_is_of_a_product"


@pytest.mark.req("S3-58")
async def test_an_order_sells_a_product_once_whatever_the_id_says(pool: Pool) -> None:
    """UNIQUE stands behind the business key."""
    assert await refused(pool, SALE, replace(SALE, movement_id="M2")) == "movement_of_an_order_happens_once"


@pytest.mark.parametrize(
    ("quantity", "reason"), [(2, "sale"), (-2, "receive"), (-2, "return"), (2, "damage"), (0, "adjust"), (1, "theft")]
)
async def test_a_movement_goes_the_way_of_its_reason(pool: Pool, quantity: int, reason: Any) -> None:
    wrong = replace(SALE, quantity=quantity, reason=reason)
    assert await refused(pool, wrong) == "movement_goes_the_way_of_its_reason"


@pytest.mark.req("S3-16")
async def test_a_reservation_has_one_of_four_states(pool: Pool) -> None:
    assert await refused(pool, reservation("A", "closed")) == "reservation_status_is_known"
    assert await refused(pool, replace(reservation("A"), returned=True)) == "reservation_held_is_not_returned"


async def _five_orders(pool: Pool) -> None:
    await save(
        pool, product("CUP"), product("POT"), stock("CUP", 20, 9), stock("POT", 20, 8),
        reservation("LATE", until=PAST, CUP=1, POT=2), reservation("LATER", until=PAST, CUP=2, POT=3),
        reservation("YOUNG", until=FUTURE, CUP=6, POT=3),
        reservation("SOLD", "confirmed", until=PAST, CUP=5), reservation("GONE", "released", until=PAST, CUP=4),
    )  # fmt: skip


@pytest.mark.req("S3-17")
async def test_the_lookup_finds_the_holds_whose_time_is_over(pool: Pool) -> None:
    await _five_orders(pool)
    async with pool.acquire() as connection:
        found = await group.lookups[Overdue].load(connection, ["CUP", "POT", "MOON"])
    assert found == {
        "CUP": Overdue("CUP", ["LATE", "LATER"]),
        "POT": Overdue("POT", ["LATE", "LATER"]),
        "MOON": None,
    }


@pytest.mark.req("S3-13", "S3-17", "S3-64")
async def test_available_stock_no_longer_counts_them(pool: Pool, reading: AsyncConnection) -> None:
    await _five_orders(pool)
    assert await queries.stock(GetStock(sku="CUP"), reading) == StockAnswer(sku="CUP", on_hand=20, reserved=6, available=14)
    assert await queries.stock(GetStock(sku="MOON"), reading) is None


@pytest.mark.req("S3-15", "S3-17")
async def test_a_reservation_past_its_time_reads_expired(pool: Pool, reading: AsyncConnection) -> None:
    await _five_orders(pool)
    answers = [await queries.reservation(GetReservation(order_id=one), reading) for one in ("LATE", "YOUNG", "SOLD")]
    assert [answer.status for answer in answers if answer] == ["expired", "held", "confirmed"]
    assert answers[1] and {line.sku: line.quantity for line in answers[1].items} == {"CUP": 6, "POT": 3}
    assert await queries.reservation(GetReservation(order_id="NONE"), reading) is None


@pytest.mark.req("S3-10")
async def test_products_are_listed_page_by_page_in_a_stable_order(pool: Pool, reading: AsyncConnection) -> None:
    skus = ["CUP", "JUG", "PAN", "POT", "SAW"]
    await save(pool, *(product(sku, category="tools" if sku == "SAW" else "kitchen") for sku in reversed(skus)))
    assert await _pages(reading, limit=2) == [["CUP", "JUG"], ["PAN", "POT"], ["SAW"]]
    assert await _pages(reading, limit=4, category="kitchen") == [["CUP", "JUG", "PAN", "POT"]]
    one = await queries.product(GetProduct(sku="SAW"), reading)
    assert one and (one.name, one.category, one.unit_price.amount) == ("Saw", "tools", 100)


@pytest.mark.req("S3-92")
async def test_what_was_oversold_can_be_listed(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, *(Oversold(derived("oversold", "A", sku), "A", sku, 2, NOON) for sku in ("CUP", "POT")))
    all_of_them = await queries.oversold(ListOversold(), reading)
    assert {line.sku for line in all_of_them.items} == {"CUP", "POT"}
    only_cups = await queries.oversold(ListOversold(sku="CUP"), reading)
    assert [(line.order_id, line.sku, line.quantity) for line in only_cups.items] == [("A", "CUP", 2)]


async def _pages(reading: AsyncConnection, *, limit: int, category: str = "") -> Sequence[Sequence[str]]:
    pages, cursor = [], ""
    while True:
        page = await queries.products(ListProducts(category=category, cursor=cursor, limit=limit), reading)
        pages.append([item.sku for item in page.items])
        if page.next_cursor is None:
            return pages
        cursor = page.next_cursor
