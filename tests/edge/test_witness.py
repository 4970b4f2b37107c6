"""The page's own counting: a shop that loses or doubles something is found out. Its books are made up here."""

from __future__ import annotations

import json
from typing import Any

from edge.pages import HERE
from tests.browser import Page

COUNT = """async (accepted, orders, entries, gone, calm) => {
  const witness = new Witness();
  const books = { stock: { on_hand: 20_000 - gone }, entries: { items: entries, next_cursor: null } };
  witness.read = async (path) => books[path.split("/").at(-1).split("?")[0]] ?? { items: orders, next_cursor: null };
  accepted.forEach((id) => witness.accepted(id));
  for (let n = 0; n < 6; n += 1) await witness.look(11, calm);
  return [witness.waiting, witness.lost, witness.doubled, witness.settled];
}"""
"""Looks six times, eleven seconds apart: an order has 30 s without a fault."""


def order(identity: str, status: str = "confirmed", *modes: str) -> dict[str, Any]:
    return {"order_id": identity, "status": status, "modes": modes}


def entry(identity: str, kind: str = "payment", number: int = 1) -> dict[str, Any]:
    return {"entry_id": f"{identity}-{kind}-{number}", "kind": kind, "reference": identity}


A, B = order("a"), order("b")
PAID = [entry("a"), entry("b")]


CASES: dict[str, tuple[str, list[Any], list[Any], int, tuple[int, int, int, bool]]] = {
    "as it should be": ("ab", [B, A], PAID, 2, (0, 0, 0, True)),
    "an order that is in no book": ("ab", [A], PAID[:1], 1, (1, 1, 0, False)),
    "an order that is never decided": ("ab", [order("b", "pending"), A], PAID, 1, (1, 1, 0, False)),
    "confirmed and not paid": ("ab", [B, A], PAID[:1], 2, (0, 1, 0, True)),
    "paid later, as the shop may decide": ("ab", [order("b", "confirmed", "pay_later"), A], PAID[:1], 2, (0, 0, 0, True)),
    "refused and paid back": ("ab", [order("b", "failed"), A], [*PAID, entry("b", "refund")], 1, (0, 0, 0, True)),
    "refused and the money kept": ("ab", [order("b", "failed"), A], PAID, 1, (0, 1, 0, True)),
    "paid twice": ("ab", [B, A], [*PAID, entry("b", number=2)], 2, (0, 0, 1, True)),
    "an order that nobody placed": ("a", [B, A], PAID, 1, (0, 0, 1, True)),
    "one order for two customers": ("aab", [B, A], PAID, 2, (0, 0, 1, True)),
    "a piece gone too many": ("ab", [B, A], PAID, 3, (0, 0, 1, True)),
    "a piece that should be gone": ("ab", [B, A], PAID, 1, (0, 1, 0, True)),
}
"""What was accepted, what the books say, and then: waiting, lost, doubled, and whether there is an end of it."""


async def test_what_is_lost_or_doubled_is_counted_and_nothing_is_late_while_a_fault_runs(page: Page) -> None:
    await page.open((HERE / "index.html").as_uri())
    await page.evaluate((HERE / "static" / "witness.js").read_text())

    async def count(accepted: str, orders: Any, entries: Any, gone: int, calm: bool) -> tuple[int, ...]:
        given = ", ".join(json.dumps(one) for one in (list(accepted), orders, entries, gone, calm))
        return tuple(await page.evaluate(f"({COUNT})({given})"))

    counted = {case: await count(*given[:4], calm=True) for case, given in CASES.items()}
    assert counted == {case: given[4] for case, given in CASES.items()}
    assert await count("ab", [], [], 0, calm=False) == (2, 0, 0, False)
