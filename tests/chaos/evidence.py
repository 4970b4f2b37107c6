"""What the databases say when nothing is under way, and whether it fits what the load was told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from infra import domains
from tests.chaos import checkers, load
from tests.chaos.history import History
from tests.journeys import books
from tests.journeys.shop import Shop

OPEN = """SELECT count(*) FROM operation WHERE status IN ('pending', 'delayed')"""
WAITING = """
    SELECT (SELECT count(*) FROM pending) AS unsent, (SELECT count(*) FROM parked WHERE status = 'waiting') AS parked"""
GOING_ON = "SELECT count(*) AS left FROM orders WHERE state IN ('running', 'compensating')"


async def unfinished(shop: Shop) -> dict[str, int]:
    """What is still on its way: open operations, running sagas, and unsent bundles and parked messages of each domain."""
    left = {
        "operations": (await books.query(shop, "edge", OPEN))[0]["count"],
        "sagas": (await books.query(shop, "order", GOING_ON))[0]["left"],
    }
    for domain in (*domains.names(), "edge"):
        row = (await books.query(shop, domain, WAITING))[0]
        left |= {f"unsent bundles of {domain}": row["unsent"], f"parked messages of {domain}": row["parked"]}
    return {name: count for name, count in left.items() if count}


async def check(shop: Shop, history: History) -> dict[str, list[str]]:
    """Every contradiction by the letter of its invariant (reliability.md 1.3)."""
    operations = await books.query(shop, "edge", "SELECT operation_id::text, command, status, ids, outcome FROM operation")
    by_id = {one["operation_id"]: one for one in operations}
    asked = {one.operation_id: one for one in history.accepted()}
    mine = {name for name, one in by_id.items() if name in asked}
    lost = checkers.set_full(asked, (), mine)
    lost += [
        f"operation {name} is {by_id[name]['status']}"
        for name in sorted(mine)
        if by_id[name]["status"] not in ("succeeded", "failed")
    ]
    orders = await books.query(shop, "order", "SELECT order_id, status, state, lines, payment_method FROM orders")
    accepted = {one.ids["order_id"] for one in history.accepted("order")}
    unknown = [one for one in history if one.outcome == "info" and one.kind == "order"]
    found = {one["order_id"] for one in orders}
    lost += [f"order {one} was accepted and is lost" for one in sorted(accepted - found)]
    if len(strangers := found - accepted) > len(unknown):
        lost.append(f"{len(strangers)} orders more than were asked for: {sorted(strangers)[:5]}")
    return {
        "L": lost,
        "D": await _doubled(shop, history, by_id),
        "M": await _money(shop, history, by_id),
        "S": await _stock(shop, history, by_id, orders),
        "G": checkers.terminated({one["order_id"]: one["state"] for one in orders}, ("completed", "compensated")),
        "E": await _streams(shop),
        "books": await books.faults(shop),
    }


def _succeeded(history: History, kind: str, by_id: dict[str, Any]) -> Iterable[Any]:
    return (one for one in history.accepted(kind) if by_id[one.operation_id]["status"] == "succeeded")


async def _doubled(shop: Shop, history: History, by_id: dict[str, Any]) -> list[str]:
    """One operation for each key; one deposit, one movement and one charge for each that was asked for."""
    faults = checkers.unique_ids(one.operation_id for one in history.accepted())
    deposits = await books.query(
        shop, "payment", "SELECT reference FROM entry WHERE kind = 'deposit' AND account LIKE 'wallet:chaos-%'"
    )
    faults += checkers.unique_ids(one["reference"] for one in deposits)
    known = len(list(_succeeded(history, "deposit", by_id)))
    perhaps = sum(one.kind == "deposit" and one.outcome == "info" for one in history)
    if not known <= len(deposits) - load.CUSTOMERS <= known + perhaps:
        faults.append(f"{known} deposits succeeded (and {perhaps} are unknown), {len(deposits) - load.CUSTOMERS} are booked")
    charges = await books.query(
        shop, "payment",
        "SELECT order_id FROM payment WHERE amount > 0 AND status IN ('captured', 'partially_refunded')",
    )  # fmt: skip
    return faults + checkers.unique_ids(one["order_id"] for one in charges)


async def _money(shop: Shop, history: History, by_id: dict[str, Any]) -> list[str]:
    entries = await books.query(shop, "payment", "SELECT account, sum(amount)::bigint AS amount FROM entry GROUP BY 1")
    wallets = await books.query(shop, "payment", "SELECT 'wallet:' || customer_id AS account, balance FROM wallet")
    sums = {one["account"]: int(one["amount"]) for one in entries}
    return checkers.bank({one["account"]: int(one["balance"]) for one in wallets}, sums) if sums else ["there is no ledger"]


async def _stock(shop: Shop, history: History, by_id: dict[str, Any], orders: list[dict[str, Any]]) -> list[str]:
    """By what was asked, not by the ledger: filled, replenished, and sold to orders that were kept."""
    moved: Counter[str] = Counter()
    for one in _succeeded(history, "replenishment", by_id):
        moved[one.path.split("/")[3]] += one.body["quantity"]
    for order in orders:
        if order["status"] in ("confirmed", "shipped", "delivered"):
            for line in json.loads(order["lines"]):
                moved[line["sku"]] -= line["quantity"]
    rows = await books.query(shop, "inventory", "SELECT sku, on_hand, reserved FROM stock WHERE sku LIKE 'CHAOS-%'")
    unknown = any(one.kind == "replenishment" and one.outcome == "info" for one in history)
    left = {one["sku"]: (one["on_hand"], one["reserved"]) for one in rows}
    faults = checkers.stock(dict.fromkeys(left, load.STOCK), moved, left)
    return [] if unknown and all("by what was asked" in one for one in faults) else faults


async def _streams(shop: Shop) -> list[str]:
    """Numbered events of every owner's outbox, which keeps its history: no number is missing or taken twice."""
    faults = []
    for domain in domains.names():
        rows = await books.query(
            shop, domain,
            "SELECT headers->>'aggregatetype' AS kind, headers->>'subject' AS subject, (headers->>'sequence')::int AS sequence"
            " FROM outbox WHERE headers ? 'sequence' ORDER BY 1, 2, 3",
        )  # fmt: skip
        streams: dict[tuple[str, str], list[int]] = {}
        for row in rows:
            streams.setdefault((row["kind"], row["subject"]), []).append(row["sequence"])
        faults += [f"{domain}: {fault}" for fault in checkers.gapless(streams)]
    return faults
