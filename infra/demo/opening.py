"""Opening the shop: products, stock and wallets, each asked for under a key of its own and waited for."""

from __future__ import annotations

import asyncio

from infra.demo import catalogue
from infra.demo.catalogue import CURRENCY, Product
from infra.demo.client import Edge, Outcome
from infra.demo.plan import Plan
from infra.unavailable import Unavailable

SHOWCASE = "Showcase"
SHOWN = 12
PIECES = 500


async def products(edge: Edge, plan: Plan) -> None:
    """As one file, the showcase first. Raises Unavailable unless every line of it is registered."""
    shelf = showcase(plan) | {plan.prefix + one.code: one for one in plan.shelf}
    done = await _done(edge, "/v1/product-imports", catalogue.as_csv(shelf), f"{plan.prefix}products")
    if done.data["registered"] != len(shelf):
        raise Unavailable(f"Only {done.data['registered']} of {len(shelf)} products were registered: {done.data}.")


async def stock(edge: Edge, plan: Plan) -> None:
    wanted = dict.fromkeys(showcase(plan), PIECES) | dict(plan.stock)
    await asyncio.gather(
        *(
            _done(
                edge,
                f"/v1/products/{sku}/replenishments",
                {"quantity": quantity, "reason": "receive"},
                f"{plan.prefix}stock-{sku}",
            )
            for sku, quantity in wanted.items()
        )
    )


def showcase(plan: Plan) -> dict[str, Product]:
    """What visitors of the page may buy meanwhile: the best sellers once more, under skus that belong to no run.

    The checks compare what this run ordered with what left its shelves, so nobody else should buy from them.
    """
    best = sorted(plan.shelf, key=lambda one: (-plan.stock[plan.prefix + one.code], one.code))[:SHOWN]
    return {f"showcase-{one.code}": one._replace(category=SHOWCASE) for one in best}


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
