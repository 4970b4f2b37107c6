"""The shop's own word on stock, wallets and orders, read over HTTP before and after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from infra.demo.client import Edge
from infra.demo.plan import Plan

PAGE = 100
SETTLING = 60.0
"""Seconds in which what refused orders held must be free again: it is given back after they were told."""
SLACK = timedelta(minutes=2)
"""By which two clocks may differ."""

K = TypeVar("K")
V = TypeVar("V")


class Stock(NamedTuple):
    on_hand: int
    reserved: int


class Books(NamedTuple):
    """Pieces by sku, and pence by customer."""

    stock: Mapping[str, Stock]
    wallets: Mapping[str, int]


async def read(edge: Edge, plan: Plan) -> Books:
    async def balance(customer: str) -> int:
        return int((await edge.read(f"/v1/wallets/{customer}"))["balance"]["amount"])

    return Books(await _each(plan.stock, lambda sku: _stock(edge, sku)), await _each(plan.deposits, balance))


async def read_settled(edge: Edge, plan: Plan) -> Books:
    """As soon as nothing is reserved any more, or when that takes too long."""
    books = await read(edge, plan)
    stock = dict(books.stock)
    end = asyncio.get_running_loop().time() + SETTLING
    while held := [sku for sku, one in stock.items() if one.reserved]:
        if asyncio.get_running_loop().time() > end:
            break
        await asyncio.sleep(1)
        stock |= await _each(held, lambda sku: _stock(edge, sku))
    return books._replace(stock=stock)


async def orders(edge: Edge, prefix: str, since: datetime) -> list[dict[str, Any]]:
    """Every order of this run's customers, as the shop lists them to an administrator: newest first."""
    found: list[dict[str, Any]] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await edge.read("/v1/orders", limit=PAGE, cursor=cursor)
        found += [one for one in page["items"] if one["customer_id"].startswith(prefix)]
        past = page["items"] and datetime.fromisoformat(page["items"][-1]["placed_at"]) < since - SLACK
        cursor = None if past else page["next_cursor"]
    return found


async def _stock(edge: Edge, sku: str) -> Stock:
    found = await edge.read(f"/v1/products/{sku}/stock")
    return Stock(found["on_hand"], found["reserved"])


async def _each(keys: Iterable[K], ask: Callable[[K], Awaitable[V]]) -> dict[K, V]:
    wanted = list(keys)
    return dict(zip(wanted, await asyncio.gather(*map(ask, wanted)), strict=True))
