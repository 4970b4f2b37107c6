"""What will be done, worked out before the first request: products, stock, wallets and every order.

* An invoice is an order; lines with the same code are summed. One with more than 100 products, which no order may have, is
  split in the order of its lines into orders of 100 and a rest.
* Lines without a customer belong to a guest of their own for each invoice.
* A repetition places the same orders once more, by the same customers for the same products; guests are new ones.
* There is stock for 95 % of what is wanted of each product in all repetitions together, rounded up: the last come too late.
* A wallet is filled with what all wallet orders of its owner would cost, so that money never lacks.
* Every id begins with the run's own prefix: no other run touches the same things.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Any

from infra.demo import addresses, catalogue
from infra.demo.catalogue import Product
from infra.demo.lines import Line

MOST_LINES = 100
PERCENT_IN_STOCK = 95
METHODS = {"wallet": 80, "card": 12, "pay_later": 8}
"""How often each is chosen, out of a hundred."""
CARDS = {"tok_approve": 9, "tok_decline": 1}


@dataclass(frozen=True, slots=True)
class Order:
    """`key` is its Idempotency-Key."""

    key: str
    customer_id: str
    quantities: Mapping[str, int]
    address: Mapping[str, str]
    method: str
    card_token: str = ""

    @property
    def body(self) -> dict[str, Any]:
        return {
            "customer_id": self.customer_id,
            "items": [{"sku": sku, "quantity": quantity} for sku, quantity in self.quantities.items()],
            "shipping_address": dict(self.address),
            "payment_method": self.method,
            "card_token": self.card_token,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """`prices` in pence, `stock` in pieces and `deposits` in pence, by sku and customer with the prefix of the run."""

    prefix: str
    shelf: Sequence[Product]
    orders: Sequence[Order]
    prices: Mapping[str, int]
    stock: Mapping[str, int]
    deposits: Mapping[str, int]

    def cost(self, order: Order) -> int:
        """In pence, at the prices of the master."""
        return sum(self.prices[sku] * quantity for sku, quantity in order.quantities.items())


def plan(lines: Sequence[Line], run: str, *, repeat: int = 1, seed: int = 1, most: int | None = None) -> Plan:
    """`run` is a short word of its own for each run; `most` cuts the list of orders off."""
    prefix = f"{run}-"
    orders = list(islice(_orders(lines, prefix, repeat, Random(seed)), most))
    wanted: Counter[str] = Counter()
    for order in orders:
        wanted.update(order.quantities)
    shelf = [one for one in catalogue.products(lines) if prefix + one.code in wanted]
    prices = {prefix + one.code: one.pence for one in shelf}
    stock = {sku: -(-quantity * PERCENT_IN_STOCK // 100) for sku, quantity in sorted(wanted.items())}
    made = Plan(prefix, shelf, orders, prices, stock, {})
    deposits: Counter[str] = Counter()
    for order in orders:
        if order.method == "wallet":
            deposits[order.customer_id] += made.cost(order)
    return Plan(prefix, shelf, orders, prices, stock, deposits)


def _orders(lines: Sequence[Line], prefix: str, repeat: int, chance: Random) -> Iterator[Order]:
    invoices: dict[str, list[Line]] = {}
    for line in lines:
        invoices.setdefault(line.invoice, []).append(line)
    for turn in range(1, repeat + 1):
        homes: dict[str, Mapping[str, str]] = {}
        for invoice, same in invoices.items():
            customer = same[0].customer or f"guest-{invoice}-{turn}"
            home = homes.setdefault(customer, addresses.draw(chance))
            for part, quantities in enumerate(_parts(same, prefix), start=1):
                method = _choose(METHODS, chance)
                yield Order(
                    key=f"{prefix}{invoice}-{part}-{turn}",
                    customer_id=prefix + customer,
                    quantities=quantities,
                    address=home,
                    method=method,
                    card_token=_choose(CARDS, chance) if method == "card" else "",
                )


def _parts(same: Sequence[Line], prefix: str) -> Iterator[Mapping[str, int]]:
    summed: Counter[str] = Counter()
    for line in same:
        summed[prefix + line.code] += line.quantity
    items = iter(summed.items())
    while part := dict(islice(items, MOST_LINES)):
        yield part


def _choose(weights: Mapping[str, int], chance: Random) -> str:
    return chance.choices(list(weights), list(weights.values()))[0]
