"""The customers: they place their orders in turn, so many at a time and so many a second, and wait for what is decided."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import httpx

from infra.demo.client import Edge, Outcome
from infra.demo.plan import Order
from infra.demo.tally import Tally
from infra.unavailable import Unavailable

SAMPLE = 25


async def place(edge: Edge, orders: Sequence[Order], tally: Tally, rate: float) -> None:
    """Returns when every order is decided or given up. `rate` in orders a second; 0 is as fast as they are decided."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    turns = enumerate(orders)

    async def customer() -> None:
        # One iterator for all: whoever is free takes the next order.
        for turn, order in turns:
            if rate:
                await asyncio.sleep(began + turn / rate - loop.time())
            await _place(edge, order, tally)

    await asyncio.gather(*(customer() for _ in range(edge.at_once)))


async def repeat(edge: Edge, tally: Tally) -> list[tuple[Order, Outcome, Outcome]]:
    """Send some of them once more under their keys: both answers for each."""
    known = list(tally.outcomes.values())
    sample = known[:: max(len(known) // SAMPLE, 1)][:SAMPLE]
    again = await asyncio.gather(*(edge.ask("/v1/orders", order.body, order.key, wait=0) for order, _ in sample))
    return [(order, first, second) for (order, first), second in zip(sample, again, strict=True)]


async def watch(edge: Edge, tally: Tally) -> None:
    """Keep the depths of the queues up to date, for as long as somebody looks."""
    while True:
        try:
            async for data in edge.events("/demo/events"):
                tally.queues = json.loads(data).get("queues", tally.queues)
        except (httpx.HTTPError, ValueError):
            tally.queues = {}
        await asyncio.sleep(1)


async def _place(edge: Edge, order: Order, tally: Tally) -> None:
    since = tally.place()
    try:
        outcome = await edge.outcome_of(await edge.ask("/v1/orders", order.body, order.key))
    except Unavailable as error:
        tally.mistakes.append(f"{order.key}: {error}")
    else:
        tally.tell(order, outcome, since)
