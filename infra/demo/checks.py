"""Whether the shop did what it said: pure comparisons of what was asked, what was answered and what the books say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.demo.books import Books
from infra.demo.catalogue import CURRENCY
from infra.demo.client import Outcome
from infra.demo.plan import Order, Plan

SOLD = frozenset({"confirmed", "shipped", "delivered"})
LATER = "pay_later"


@dataclass(frozen=True, slots=True)
class Check:
    """`text` says what was compared, with its numbers; without faults it holds."""

    name: str
    text: str
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """`outcomes` by key; `listed` is the shop's own list; `repeated` are orders sent again, with both answers."""

    plan: Plan
    outcomes: Mapping[str, tuple[Order, Outcome]]
    listed: Sequence[Mapping[str, Any]]
    repeated: Sequence[tuple[Order, Outcome, Outcome]]
    before: Books
    after: Books
    mistakes: Sequence[str] = ()


def all_of(seen: Evidence) -> list[Check]:
    return [decided(seen), lost(seen), doubled(seen), stock(seen), totals(seen), money(seen)]


def decided(seen: Evidence) -> Check:
    """Every order was accepted and is confirmed or refused, and a refused one has its reason."""
    faults = list(seen.mistakes)
    faults += [f"{order.key}: never answered" for order in seen.plan.orders if order.key not in seen.outcomes]
    for order, outcome in seen.outcomes.values():
        if outcome.status == "pending":
            faults.append(f"{order.key}: operation {outcome.operation_id} is not decided")
        elif outcome.status == "failed" and not outcome.reason:
            faults.append(f"{order.key}: refused without a reason")
    done = Counter(outcome.status for _, outcome in seen.outcomes.values())
    text = (
        f"{len(seen.plan.orders):,} orders = {done['succeeded']:,} confirmed + {done['failed']:,} refused, each with its reason"
    )
    return Check("decided", text, tuple(faults))


def lost(seen: Evidence) -> Check:
    """What was answered is what the shop has."""
    status = {one["order_id"]: one for one in seen.listed}
    faults = []
    for order, outcome in seen.outcomes.values():
        if outcome.status == "pending":
            continue
        identity = str(outcome.data.get("order_id"))
        found = status.get(identity)
        if found is None:
            faults.append(f"{order.key}: {identity} was {outcome.status} and the shop does not know it")
        elif (found["status"] in SOLD) is not (outcome.status == "succeeded"):
            faults.append(f"{order.key}: {identity} was {outcome.status} and reads {found['status']}")
        elif outcome.status == "failed" and found["reason"] != outcome.reason:
            faults.append(f"{order.key}: {identity} was refused for {outcome.reason} and reads {found['reason']}")
    return Check("lost", f"{len(faults)} lost", tuple(faults))


def doubled(seen: Evidence) -> Check:
    """The shop has as many orders as were placed, and one sent again is the same one."""
    ours = Counter(str(outcome.data.get("order_id")) for _, outcome in seen.outcomes.values() if outcome.status != "pending")
    known = Counter(one["order_id"] for one in seen.listed)
    faults = [f"{one} is the answer to {times} orders" for one, times in ours.items() if times > 1]
    faults += [f"{one} is listed {times} times" for one, times in known.items() if times > 1]
    if len(ours) == len(seen.plan.orders):
        faults += [f"{one} was never placed" for one in known.keys() - ours.keys()]
    for order, first, again in seen.repeated:
        if first.operation_id != again.operation_id:
            faults.append(f"{order.key}: sent again it became operation {again.operation_id}, not {first.operation_id}")
    return Check("doubled", f"{len(faults)} doubled; {len(seen.repeated)} sent again were the same ones", tuple(faults))


def stock(seen: Evidence) -> Check:
    """What left the shelves is what was confirmed, and nothing is held for anybody."""
    ordered: Counter[str] = Counter()
    for order in _confirmed(seen):
        ordered.update(order.quantities)
    faults, moved = [], 0
    for sku, before in seen.before.stock.items():
        after = seen.after.stock[sku]
        moved += before.on_hand - after.on_hand
        if before.on_hand - after.on_hand != ordered[sku]:
            faults.append(f"{sku}: {before.on_hand - after.on_hand} moved, {ordered[sku]} ordered")
        if after.reserved:
            faults.append(f"{sku}: {after.reserved} still reserved")
    text = f"stock moved {moved:,} = {ordered.total():,} pieces of confirmed orders, over {len(seen.before.stock):,} products"
    return Check("stock", text, tuple(faults))


def totals(seen: Evidence) -> Check:
    """The total of each confirmed order is price × quantity of the master, in the answer and in the shop's list."""
    listed = {one["order_id"]: one for one in seen.listed}
    faults, whole = [], 0
    for order, outcome in seen.outcomes.values():
        if outcome.status != "succeeded":
            continue
        cost = seen.plan.cost(order)
        whole += cost
        found = listed.get(str(outcome.data.get("order_id")), {})
        for total in (outcome.data.get("total"), found.get("total", outcome.data.get("total"))):
            if total != {"amount": cost, "currency": CURRENCY}:
                faults.append(f"{order.key}: total {total}, not {cost} {CURRENCY}")
    return Check("totals", f"totals {pounds(whole)} = sum of price × quantity of every confirmed order", tuple(faults))


def money(seen: Evidence) -> Check:
    """What wallets lost is what their confirmed orders cost; cards and receivables are captured."""
    listed = {one["order_id"]: one for one in seen.listed}
    charged: Counter[str] = Counter()
    others: Counter[str] = Counter()
    faults = []
    for order, outcome in seen.outcomes.values():
        if outcome.status != "succeeded":
            continue
        # A shop that could not reach payment lets the customer pay later, whatever he chose.
        method = LATER if LATER in outcome.data.get("modes", ()) else order.method
        if method == "wallet":
            charged[order.customer_id] += seen.plan.cost(order)
            continue
        others[method] += seen.plan.cost(order)
        payment = listed.get(str(outcome.data.get("order_id")), {}).get("payment") or {}
        if payment.get("status") != "captured":
            faults.append(f"{order.key}: confirmed, and its payment by {method} reads {payment.get('status')}")
    moved = 0
    for customer, before in seen.before.wallets.items():
        spent = before - seen.after.wallets[customer]
        moved += spent
        if spent != charged[customer]:
            faults.append(f"{customer}: {pounds(spent)} left the wallet, {pounds(charged[customer])} charged")
    rest = "".join(f"; {method} {pounds(amount)} captured" for method, amount in sorted(others.items()))
    text = f"money moved {pounds(moved)} = {pounds(charged.total())} charged to {len(seen.before.wallets)} wallets{rest}"
    return Check("money", text, tuple(faults))


def pounds(pence: int) -> str:
    return f"£{pence // 100:,}.{pence % 100:02d}" if pence >= 0 else f"-{pounds(-pence)}"


def _confirmed(seen: Evidence) -> Iterable[Order]:
    return (order for order, outcome in seen.outcomes.values() if outcome.status == "succeeded")
