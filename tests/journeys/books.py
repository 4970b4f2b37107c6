"""What must be true of all databases of a shop together when nothing is under way (reliability.md 1.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from infra import domains
from tests.journeys.shop import Shop

OWN = ("inbox", "outbox", "pending", "owner", "lane", "audit", "pulse", "breaker")
"""Tables of the kernel, of signs of life and the log of calls, which also change when nothing of the shop does."""
COPIES = ("eventstore.event", "eventstore.trace", "eventstore.stream")
"""What the event store copies of the others' letters comes when it comes."""

INVENTORY = {
    "on hand is the sum of the movements": """
        SELECT sku, on_hand, sum(coalesce(quantity, 0)) AS moved FROM stock LEFT JOIN movement USING (sku)
        GROUP BY sku, on_hand HAVING on_hand <> sum(coalesce(quantity, 0))""",
    "reserved is the sum of what is held": """
        WITH held AS (SELECT line->>'sku' AS sku, sum((line->>'quantity')::bigint) AS quantity
                      FROM reservation, jsonb_array_elements(lines) AS line WHERE status = 'held' GROUP BY 1)
        SELECT sku, reserved, quantity FROM stock LEFT JOIN held USING (sku) WHERE reserved <> coalesce(quantity, 0)""",
    "stock is never negative": "SELECT sku FROM stock WHERE on_hand < reserved OR reserved < 0",
}
PAYMENT = {
    "entries sum to zero in each currency": "SELECT currency, sum(amount) FROM entry GROUP BY 1 HAVING sum(amount) <> 0",
    "a wallet is the sum of its entries": """
        SELECT customer_id, w.balance, sum(coalesce(e.amount, 0)) FROM wallet w
        LEFT JOIN entry e ON e.account = 'wallet:' || customer_id
        GROUP BY 1, 2 HAVING w.balance <> sum(coalesce(e.amount, 0))""",
    "nothing is asked of a provider any more": """
        SELECT charge_id, method, card_token, status, cancel_requested, awaiting FROM payment WHERE awaiting <> '{}'""",
    "refunds of a payment are what it says": """
        SELECT p.charge_id, p.refunded, sum(coalesce(r.amount, 0)) FROM payment p
        LEFT JOIN refund r ON r.charge_id = p.charge_id AND r.status = 'approved'
        GROUP BY 1, 2 HAVING p.refunded <> sum(coalesce(r.amount, 0))""",
}
ORDER = {
    "no saga is under way": """
        SELECT order_id, status, step, asks, waits_for, deadline, payment FROM orders
        WHERE state IN ('running', 'compensating')""",
    "nobody needs attention": "SELECT order_id, step, reason FROM orders WHERE status = 'needs_attention'",
}
EDGE = {
    "every operation is closed": """
        SELECT operation_id, command, status, steps FROM operation WHERE status NOT IN ('succeeded', 'failed')""",
}
PAYMENTS = """
    SELECT order_id, status, amount, refunded FROM payment WHERE amount > 0
    ORDER BY status IN ('captured', 'partially_refunded', 'refunded'), charge_id"""
"""The one that counts last, where an order has a receivable beside a charge that was given up."""
KERNEL = {
    "nothing waits to be sent": "SELECT bundle FROM pending WHERE at < now() - interval '20 seconds'",
    "nothing is parked or dead": "SELECT id, topic, status, reason, detail FROM parked",
}


async def query(shop: Shop, domain: str, sql: str, *arguments: Any) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(shop.database(domain))
    try:
        return [dict(row) for row in await connection.fetch(sql, *arguments)]
    finally:
        await connection.close()


async def faults(shop: Shop) -> list[str]:
    """Everything that contradicts something else; empty when the books balance."""
    checks: list[tuple[str, str, str]] = []
    for domain, its in {"inventory": INVENTORY, "payment": PAYMENT, "order": ORDER, "edge": EDGE}.items():
        checks += [(domain, name, sql) for name, sql in {**its, **KERNEL}.items()]
    checks += [("shipping", name, sql) for name, sql in KERNEL.items()]
    found = await asyncio.gather(*(query(shop, domain, sql) for domain, _, sql in checks))
    told = [f"{domain}: {name}: {row}" for (domain, name, _), rows in zip(checks, found, strict=True) for row in rows]
    return told + await _disagreements(shop)


async def _disagreements(shop: Shop) -> list[str]:
    """Each order against the stock, the money and the parcel that the other domains have for it."""
    orders, held, paid, sent = await asyncio.gather(
        query(shop, "order", "SELECT order_id, status, amount, modes, payment_method FROM orders"),
        query(shop, "inventory", "SELECT order_id, status, returned FROM reservation"),
        query(shop, "payment", PAYMENTS),
        query(shop, "shipping", "SELECT order_id, status FROM shipment"),
    )
    reservations, payments, shipments = ({one["order_id"]: one for one in rows} for rows in (held, paid, sent))
    told: list[str] = []
    for order in orders:
        name, status = order["order_id"], order["status"]
        stock, money, parcel = reservations.get(name), payments.get(name), shipments.get(name)
        states = f"{stock and stock['status']}/{money and money['status']}/{parcel and parcel['status']}"
        kept = money is not None and money["status"] in ("captured", "partially_refunded", "refunded")
        if status in ("confirmed", "shipped", "delivered"):
            good = (
                stock is not None and stock["status"] == "confirmed" and not stock["returned"]
                and money is not None and kept and money["amount"] == order["amount"]
                and parcel is not None and parcel["status"] != "cancelled"
            )  # fmt: skip
        else:
            good = (
                (stock is None or stock["status"] in ("released", "expired") or stock["returned"])
                and (money is None or money["status"] in ("declined", "voided", "refunded"))
                and (parcel is None or parcel["status"] == "cancelled")
            )
        if not good:
            told.append(f"order {name} is {status}, but stock/money/parcel are {states}")
    return told


async def counts(shop: Shop, without: Sequence[str] = OWN) -> dict[str, int]:
    """Rows of every table of the shop's, by `<database>.<table>`; partitions count with their parent.

    Without the operations of webhooks, which the card provider sends when it likes.
    """
    webhooks = "WHERE command <> 'payment.record-provider-event.v1'"
    result: dict[str, int] = {}
    for domain in (*domains.names(), "edge"):
        connection = await asyncpg.connect(shop.database(domain))
        try:
            tables = await connection.fetch(
                "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
                " WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1"
            )
            for (table,) in tables:
                if table not in without and f"{domain}.{table}" not in COPIES:
                    which = webhooks if table == "operation" else ""
                    result[f"{domain}.{table}"] = await connection.fetchval(f'SELECT count(*) FROM "{table}" {which}')
        finally:
            await connection.close()
    return result
