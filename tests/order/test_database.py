"""What PostgreSQL itself forbids, finds and answers for order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.money import Price
from contracts.order import GetModes, GetOrder, GetSaga, ListOrders, ListSagas
from infra.breaker import Breaker, Load, Pulse
from infra.database import Pool
from infra.decision import Row
from infra.spec import NOON
from tests import scratch
from tests.order.words import EXPIRED, A, arranged, confirmed, order, placed
from tests.scratch import database_of
from tests.servers import Servers
from workers.order import group, queries
from workers.order.rules.degraded import Road
from workers.order.rules.order import Listing, Order, Product

PENDING, CONFIRMED, STUCK = order(placed()), order(confirmed()), order(arranged().when(EXPIRED))
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("order", servers.database_url) as address:
        yield address


save = partial(scratch.save, group)


async def look_up(pool: Pool, kind: type[Row], key: str) -> Row | None:
    async with pool.acquire() as connection:
        found = await group.lookups[kind].load(connection, [key])
    return found[key]


def named(order_id: str, row: Order = CONFIRMED, minutes: int = 0, **changes: Any) -> Order:
    return replace(row, order_id=order_id, placed_at=NOON + timedelta(minutes=minutes), **changes)


@pytest.mark.req("S3-44")
async def test_rows_come_back_as_they_were_saved(pool: Pool) -> None:
    kept = [PENDING, Listing("CUP", "kitchen", "Cup", 450, "JPY"), Breaker("payment", "automatic"), Pulse("a", NOON, NOON)]
    await save(pool, *kept)
    async with pool.acquire() as connection, connection.transaction():
        for row in kept:
            assert (await group.stores[type(row)].load(connection, [row.key]))[row.key] == row
        await group.stores[Order].update(connection, [CONFIRMED], {A: PENDING})
        assert (await group.stores[Order].load(connection, [A]))[A] == CONFIRMED


@pytest.mark.req("S3-58")
@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        (replace(PENDING, status="lost"), "orders_status"),  # type: ignore[arg-type]
        (replace(PENDING, state="lost", deadline=None), "orders_state"),  # type: ignore[arg-type]
        (replace(PENDING, deadline=None), "orders_open_has_deadline"),
        (replace(PENDING, status="needs_attention"), "orders_stuck_needs_attention"),
        (replace(PENDING, payment_method="shells"), "orders_payment_method"),  # type: ignore[arg-type]
        (replace(PENDING, amount=-1, currency="JPY"), "orders_total"),
        (replace(CONFIRMED, amount=0, currency=""), "orders_confirmed_has_total"),
        (Breaker("inventory", "automatic"), "breaker_never_oversells_by_itself"),
        (Listing("CUP", "kitchen", "Cup", 0, "JPY"), "listing_price"),
    ],
)
async def test_what_no_rule_should_ever_write_is_refused(pool: Pool, row: Row, constraint: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await save(pool, row)
    assert caught.value.constraint_name == constraint


@pytest.mark.req("S3-58")
async def test_an_order_id_is_taken_once(pool: Pool) -> None:
    await save(pool, PENDING)
    with pytest.raises(asyncpg.UniqueViolationError):
        await save(pool, PENDING)


@pytest.mark.req("S3-90")
async def test_orders_look_up_without_a_lock(pool: Pool) -> None:
    late = named("LATE", PENDING, deadline=YESTERDAY)
    again = named("AGAIN", PENDING, attempts=1, deadline=datetime.now(UTC) + timedelta(days=1))
    fine = named("FINE", PENDING, deadline=datetime.now(UTC) + timedelta(days=1))
    breaker = Breaker("payment", "automatic", state="open", since=NOON)
    await save(pool, late, again, fine, CONFIRMED, named("STUCK", STUCK), breaker, Listing("CUP", "kitchen", "Cup", 9, "JPY"))
    assert await look_up(pool, Load, "inventory") == Load("inventory", 3, 2)
    assert await look_up(pool, Load, "payment") is None
    assert await look_up(pool, Road, "payment") == Road("payment", "automatic", False, "open", NOON)
    assert await look_up(pool, Product, "CUP") == Product("CUP", "kitchen", "Cup", 9, "JPY")


@pytest.mark.req("S3-44")
async def test_an_order_is_read_with_its_steps(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, CONFIRMED)
    found = await queries.order(GetOrder(order_id=A), reading)
    assert found is not None
    assert (found.status, found.total) == ("confirmed", Price(amount=900, currency="JPY"))
    assert [step.name for step in found.steps] == [
        "reserve", "charge", "arrange_shipment", "confirm_reservation", "confirm_order"
    ]  # fmt: skip
    assert found.payment and found.payment["status"] == "captured" and found.shipment
    assert await queries.order(GetOrder(order_id="NOBODY"), reading) is None


async def test_orders_come_in_pages_newest_first(pool: Pool, reading: AsyncConnection) -> None:
    mine = [named(f"O-{n}", minutes=n // 2) for n in range(5)]
    await save(pool, *mine, named("OTHER", minutes=9, customer_id="CUST-002"))
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await queries.all_orders(ListOrders(customer_id="CUST-001", cursor=cursor, limit=2), reading)
        seen += [one.order_id for one in page.items]
        cursor = page.next_cursor
    assert seen == ["O-4", "O-3", "O-2", "O-1", "O-0"]
    everything = await queries.all_orders(ListOrders(), reading)
    assert [one.order_id for one in everything.items][:2] == ["OTHER", "O-4"] and everything.next_cursor is None


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "MjAzMC0wMS0wMXxB", "é"])
async def test_a_cursor_nobody_gave_out_begins_at_the_newest(pool: Pool, reading: AsyncConnection, cursor: str) -> None:
    await save(pool, CONFIRMED)
    page = await queries.all_orders(ListOrders(cursor=cursor), reading)
    assert [one.order_id for one in page.items] == [A]


async def test_sagas_are_found_by_state(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, CONFIRMED, named("STUCK", STUCK))
    found = await queries.all_sagas(ListSagas(state="stuck"), reading)
    assert [(one.order_id, one.step, one.reason) for one in found.items] == [
        ("STUCK", "confirm_reservation", "reservation_expired")
    ]
    one = await queries.saga(GetSaga(order_id="STUCK"), reading)
    assert one is not None and one.state == "stuck" and one.history[-1]["what"] == "stuck"
    assert await queries.saga(GetSaga(order_id="NOBODY"), reading) is None
    assert len((await queries.all_sagas(ListSagas(), reading)).items) == 2


@pytest.mark.req("S3-92", "S3-93", "S3-94")
async def test_modes_name_what_they_degrade_to(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, Breaker("payment", "automatic", state="open", since=NOON), Pulse("payment", NOON, NOON, 3.0))
    found = {mode.participant: mode for mode in (await queries.modes(GetModes(), reading)).items}
    assert {name: mode.degrades_to for name, mode in found.items()} == {
        "inventory": "skip_stock_check", "payment": "pay_later", "shipping": "manual_shipping"
    }  # fmt: skip
    assert (found["payment"].state, found["payment"].last_beat) == ("open", NOON)
    assert {name: mode.mode for name, mode in found.items()} == {
        "inventory": "operator", "payment": "automatic", "shipping": "automatic"
    }  # fmt: skip
    assert found["shipping"].last_beat is None
