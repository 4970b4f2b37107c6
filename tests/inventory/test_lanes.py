"""On RabbitMQ and PostgreSQL: both lanes of inventory sell the same shelf."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.inventory import (
    ConfirmReservation,
    Line,
    RegisterProduct,
    ReplenishStock,
    ReserveStock,
    ReturnStock,
)
from contracts.money import Price
from tests.infra.harness import World, world
from tests.servers import Servers
from workers.inventory import group

pytestmark = pytest.mark.req("S3-56", "S3-61")

SKUS = ("CUP", "PAN", "POT", "SAW")
CATEGORIES = ("kitchen", "garden", "tools", "books")


@asynccontextmanager
async def shop(servers: Servers, on_hand: int) -> AsyncIterator[World]:
    """Inventory runs, and there is so much of each sku."""
    async with world(servers, group) as here:
        member = here.member(group)
        await member.start()
        try:
            price = Price(amount=100, currency="JPY")
            for sku in SKUS:
                product = RegisterProduct(sku=sku, name=sku.title(), category="kitchen", unit_price=price, low_stock_threshold=3)
                await here.send(product)
            await here.until("SELECT count(*) FROM stock", len(SKUS))
            await here.send(*(ReplenishStock(movement_id=f"M-{s}", sku=s, quantity=on_hand, reason="receive") for s in SKUS))
            await here.until("SELECT count(*) FROM movement", len(SKUS))
            yield here
        finally:
            await member.drain(10)


def orders(number: int) -> list[ReserveStock]:
    """Each wants two skus, in either order, and routes itself to either lane."""
    return [
        ReserveStock(
            order_id=f"ORDER-{n}", customer_id="CUST-001", category=CATEGORIES[n % len(CATEGORIES)],
            lines=(Line(sku=SKUS[n % 4], quantity=1 + n % 2), Line(sku=SKUS[(n * 3 + 1) % 4], quantity=1)),
        )
        for n in range(number)
    ]  # fmt: skip


async def test_two_lanes_never_promise_more_than_there_is(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "partitions", 2)
    async with shop(servers, on_hand=20) as here:
        await here.send(*orders(120))
        # Every order is answered: by a reservation, or by a refusal, which leaves a message and no row.
        await here.until(
            "SELECT count(*) FROM outbox WHERE topic IN ('inventory.stock-reserved.v1', 'inventory.reservation-refused.v1')",
            120,
        )
        held = await here.value("SELECT count(*) FROM reservation WHERE status = 'held'")
        assert held == await here.value("SELECT count(*) FROM outbox WHERE topic = 'inventory.stock-reserved.v1'")
        assert await here.value("SELECT bool_and(reserved <= 20 AND on_hand = 20) FROM stock")
        assert 0 < held < 120
        assert await here.value("SELECT count(*) FROM parked") == 0

        await here.send(*(ConfirmReservation(order_id=f"ORDER-{n}", category=CATEGORIES[n % 3]) for n in range(120)))
        await here.until("SELECT count(*) FROM reservation WHERE status = 'confirmed'", held)
        await _books_agree(here)
        await here.send(*(ReturnStock(order_id=f"ORDER-{n}", category=CATEGORIES[n % 3]) for n in range(120)))
        await here.until("SELECT sum(on_hand) FROM stock", 20 * len(SKUS))
        await _books_agree(here)


async def _books_agree(here: World) -> None:
    wrong = """
        SELECT count(*) FROM stock
        WHERE on_hand <> (SELECT coalesce(sum(quantity), 0) FROM movement WHERE movement.sku = stock.sku)
        OR reserved <> (
            SELECT coalesce(sum((line ->> 'quantity')::int), 0) FROM reservation, jsonb_array_elements(lines) AS line
            WHERE status = 'held' AND line ->> 'sku' = stock.sku
        )
    """
    assert await here.value(wrong) == 0


@pytest.mark.req("S3-17")
async def test_a_hold_past_its_time_gives_way_at_once(servers: Servers) -> None:
    """Its timer is a quarter of an hour away, and still it no longer counts."""
    async with shop(servers, on_hand=3) as here:
        first, second = (ReserveStock(order_id=one, customer_id="CUST-001", lines=(Line(sku="CUP", quantity=3),)) for one in "AB")
        await here.send(first)
        await here.until("SELECT count(*) FROM reservation WHERE status = 'held'", 1)
        await here.fetch("UPDATE reservation SET expires_at = now() - interval '1 second'")
        await here.send(second)
        await here.until(
            "SELECT string_agg(order_id || ' ' || status, ', ' ORDER BY order_id) FROM reservation", "A expired, B held"
        )
        assert await here.value("SELECT reserved FROM stock WHERE sku = 'CUP'") == 3
