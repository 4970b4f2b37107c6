"""One run of the demo from the empty shop to the checked summary."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass

from rich.console import Console

from infra import clock
from infra.demo import books, checks, crowd, lines, opening, summary, view
from infra.demo.client import Edge
from infra.demo.plan import Plan, plan
from infra.demo.tally import Tally


@dataclass(frozen=True, slots=True)
class Wish:
    """`rate` in orders a second, 0 for as fast as possible; `orders` cuts the list off."""

    repeat: int = 1
    rate: float = 0
    seed: int = 1
    orders: int | None = None


async def run(wish: Wish, edge: Edge, console: Console) -> bool:
    """Whether every check holds. Raises Unavailable and Refused when the shop can't be opened or read."""
    kept, left_out = lines.read()
    planned = plan(kept, secrets.token_hex(3), repeat=wish.repeat, seed=wish.seed, most=wish.orders)
    for text in summary.opening(kept, left_out, planned, edge.url):
        console.print(text, highlight=False, soft_wrap=True)
    seen, tally = await _live(wish, edge, planned, console)
    found = checks.all_of(seen)
    for text in summary.closing(tally, edge.turned_away, found):
        console.print(text, highlight=False, soft_wrap=True)
    return not any(one.faults for one in found)


async def _live(wish: Wish, edge: Edge, planned: Plan, console: Console) -> tuple[checks.Evidence, Tally]:
    began, since = time.monotonic(), clock.utcnow()

    def step(text: str) -> None:
        console.print(f"· {text} ({time.monotonic() - began:.1f} s)", highlight=False, soft_wrap=True)

    await opening.products(edge, planned)
    step(f"{len(planned.shelf):,} products registered")
    await asyncio.gather(opening.stock(edge, planned), opening.wallets(edge, planned))
    step(f"{sum(planned.stock.values()):,} pieces in stock, {checks.pounds(sum(planned.deposits.values()))} in wallets")
    before = await books.read(edge, planned)
    step("the books are read; the doors open")
    tally = Tally(len(planned.orders))
    watching = asyncio.create_task(crowd.watch(edge, tally))
    try:
        async with view.shown(tally, console):
            await crowd.place(edge, planned.orders, tally, wish.rate)
    finally:
        watching.cancel()
    step("every order is decided; the books are read again")
    repeated = await crowd.repeat(edge, tally)
    after = await books.read_settled(edge, planned)
    listed = await books.orders(edge, planned.prefix, since)
    return checks.Evidence(planned, tally.outcomes, listed, repeated, before, after, tally.mistakes), tally
