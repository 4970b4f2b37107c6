"""Opening the shop: products, stock and wallets, each asked for under a key of its own and waited for."""

from __future__ import annotations

import asyncio

from infra.demo import catalogue
from infra.demo.catalogue import CURRENCY
from infra.demo.client import Edge, Outcome
from infra.demo.plan import Plan
from infra.unavailable import Unavailable


async def products(edge: Edge, plan: Plan) -> None:
    """As one file. Raises Unavailable unless every line of it is registered."""
    text = catalogue.as_csv(plan.shelf, plan.prefix)
    done = await _done(edge, "/v1/product-imports", text, f"{plan.prefix}products")
    if done.data["registered"] != len(plan.shelf):
        raise Unavailable(f"Only {done.data['registered']} of {len(plan.shelf)} products were registered: {done.data}.")


async def stock(edge: Edge, plan: Plan) -> None:
    await asyncio.gather(
        *(
            _done(edge, f"/v1/products/{sku}/replenishments", {"quantity": quantity, "reason": "receive"}, f"{sku}-stock")
            for sku, quantity in plan.stock.items()
        )
    )


async def wallets(edge: Edge, plan: Plan) -> None:
    await asyncio.gather(
        *(
            _done(edge, f"/v1/wallets/{customer}/deposits", {"amount": pence, "currency": CURRENCY}, f"{customer}-deposit")
            for customer, pence in plan.deposits.items()
        )
    )


async def _done(edge: Edge, path: str, body: object, key: str) -> Outcome:
    outcome = await edge.outcome_of(await edge.ask(path, body, key))
    if outcome.status != "succeeded":
        raise Unavailable(f"{path} is {outcome.status} {outcome.reason}".strip() + f" (operation {outcome.operation_id}).")
    return outcome
