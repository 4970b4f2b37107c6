"""A whole run against a shop in memory: what it asks, how patient it is, and that it believes nothing unseen."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
from rich.console import Console

from infra.demo import client, run
from infra.demo.client import Edge, Refused
from infra.demo.run import Wish
from infra.unavailable import Unavailable
from tests.demo.shop import Shop

BUSY = (503, {"retry-after": "0"})
SLOW_DOWN = (429, {"retry-after": "0"})


@asynccontextmanager
async def edge_of(shop: Shop, patience: float = 30) -> AsyncIterator[Edge]:
    edge = Edge("http://shop.test", "token", 8, patience, shop)
    try:
        yield edge
    finally:
        with suppress(RuntimeError):
            await edge.close()


async def ran(shop: Shop, orders: int = 60) -> tuple[bool, str]:
    """Whether every check held, and what was said."""
    said = io.StringIO()
    async with edge_of(shop) as edge:
        held = await run.run(Wish(orders=orders), edge, Console(file=said))
    return held, said.getvalue()


@pytest.mark.req("S2-113")
async def test_an_honest_shop_passes_and_the_summary_has_its_numbers() -> None:
    shop = Shop()
    held, said = await ran(shop)
    confirmed = sum(one["status"] == "confirmed" for one in shop.orders)
    assert held
    assert 0 < confirmed < 60 == len(shop.orders)
    assert f"60 orders = {confirmed} confirmed + {60 - confirmed} refused" in said
    assert "Every check holds." in said


async def test_visitors_have_a_showcase_that_no_check_counts() -> None:
    shop = Shop()
    held, _ = await ran(shop)
    shown = [sku for sku in shop.prices if sku.startswith("showcase-")]
    assert held
    assert len(shown) == 12
    assert list(shop.prices)[:12] == shown
    assert {shop.stock[sku] for sku in shown} == {500}


@pytest.mark.parametrize(("vice", "check"), [("doubles", "doubled"), ("pockets", "money"), ("forgets", "lost")])
async def test_a_dishonest_shop_is_found_out(vice: str, check: str) -> None:
    held, said = await ran(Shop(vice))
    assert not held
    assert f"✗ {check}" in said
    assert "CHECKS FAILED" in said


async def test_the_same_run_against_a_shop_that_is_late_waits_for_each_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "FIRST_LOOK", 0.0)
    held, _ = await ran(Shop("late"), orders=10)
    assert held


async def test_whoever_is_turned_away_comes_back_with_the_same_key() -> None:
    shop = Shop(moods=(BUSY, SLOW_DOWN, httpx.ReadError("gone")))
    async with edge_of(shop) as edge:
        await edge.ask("/v1/wallets/me/deposits", {"amount": 5, "currency": "GBP"}, "key-1")
    assert [request.headers["idempotency-key"] for request in shop.requests] == ["key-1"] * 4
    assert shop.wallets["me"] == 5
    assert edge.turned_away == 3


async def test_patience_ends() -> None:
    async with edge_of(Shop(moods=((503, {"retry-after": "20"}),)), patience=1) as edge:
        with pytest.raises(Unavailable, match=r"no answer for 1 s \(503\)"):
            await edge.read("/v1/wallets/me")


async def test_a_request_that_is_wrong_is_not_repeated() -> None:
    shop = Shop()
    async with edge_of(shop) as edge:
        with pytest.raises(Refused, match="404 Not found"):
            await edge.read("/v1/nothing")
    assert len(shop.requests) == 1


@pytest.mark.parametrize(("written", "seconds"), [("3", 3), ("900", 30), ("", 0.7), ("Fri, 21 Nov 2026 01:00:00 GMT", 0.7)])
def test_retry_after_is_a_number_of_seconds_within_reason(written: str, seconds: float) -> None:
    assert client.retry_after(written, 0.7) == seconds
