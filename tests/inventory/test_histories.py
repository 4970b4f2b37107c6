"""Whatever happens in whatever order: stock is never negative and the books agree."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.inventory import (
    ConfirmReservation,
    ExpireReservation,
    ReleaseReservation,
    ReplenishStock,
    ReserveStock,
    ReturnStock,
    StockLow,
)
from contracts.message import Message
from infra.spec import NOON, Spec
from tests.inventory.test_reconciliation import confirmed
from tests.inventory.words import given, lines, product
from workers.inventory.rules.state import Movement, Overdue, Reservation, Stock

pytestmark = pytest.mark.req("S3-14", "S3-56")

SKUS, ORDERS = ("CUP", "POT"), ("A", "B", "C")
order_ids = st.sampled_from(ORDERS)
quantities = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1)


def reserving(order_id: str, wanted: dict[str, int]) -> Message:
    return ReserveStock(order_id=order_id, customer_id="CUST-001", lines=lines(**wanted))


def moving(number: int, sku: str, quantity: int, reason: str) -> Message:
    return ReplenishStock(movement_id=f"M{number}", sku=sku, quantity=quantity, reason=reason)  # type: ignore[arg-type]


def often(strategy: st.SearchStrategy[Message], times: int) -> list[st.SearchStrategy[Message]]:
    return [strategy] * times


# Receiving, reserving and confirming come often, or hardly any history would sell anything and take it back.
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    *often(st.builds(moving, st.integers(0, 9), st.sampled_from(SKUS), st.integers(6, 20), st.just("receive")), 4),
    *often(st.builds(reserving, order_ids, quantities), 6),
    *often(st.builds(lambda order_id: ConfirmReservation(order_id=order_id), order_ids), 4),
    *often(st.builds(lambda order_id: ReturnStock(order_id=order_id), order_ids), 2),
    st.builds(lambda order_id: ReleaseReservation(order_id=order_id), order_ids),
    st.builds(lambda order_id: ExpireReservation(order_id=order_id), order_ids),
    *often(st.builds(lambda wanted: confirmed(**wanted), quantities), 3),
    st.builds(moving, st.integers(10, 19), st.sampled_from(SKUS), st.integers(1, 6), st.sampled_from(["damage", "adjust"])),
    st.builds(moving, st.integers(20, 29), st.sampled_from(SKUS), st.integers(-6, -1), st.just("adjust")),
)
HISTORIES = st.lists(st.tuples(MESSAGES, st.integers(0, 4)), min_size=20, max_size=40)


@settings(max_examples=300, deadline=None)
@anything(HISTORIES)
def test_the_books_agree_after_every_message(history: list[tuple[Message, int]]) -> None:
    spec, now = given(*(product(sku) for sku in SKUS), *(Stock(sku, "kitchen", 0) for sku in SKUS)), NOON
    for message, minutes in history:
        now += timedelta(minutes=minutes)
        _look_up(spec, now)
        before = {sku: _stock(spec, sku) for sku in SKUS}
        spec.when(message, now=now)
        alarms = sum(isinstance(one, StockLow) for one in spec.sent)
        assert alarms == sum(_stock(spec, sku).low and not before[sku].low for sku in SKUS)
        _agree(spec)


def _agree(spec: Spec) -> None:
    moved: Counter[str] = Counter()
    held: Counter[str] = Counter()
    for row in spec.rows.values():
        if isinstance(row, Movement):
            moved[row.sku] += row.quantity
        if isinstance(row, Reservation) and row.status == "held":
            held.update(row.quantities)
    for sku in SKUS:
        stock = _stock(spec, sku)
        assert stock.on_hand == moved[sku]
        assert stock.reserved == held[sku]
        assert 0 <= stock.reserved <= stock.on_hand
        assert stock.low == (stock.available <= 0)


def _look_up(spec: Spec, now: object) -> None:
    """What the database's lookup would find."""
    late = [row for row in spec.rows.values() if isinstance(row, Reservation) and row.is_overdue(now)]  # type: ignore[arg-type]
    for sku in SKUS:
        spec.rows.pop((Overdue, sku), None)
        if orders := [row.order_id for row in late if sku in row.quantities]:
            spec.rows[Overdue, sku] = Overdue(sku, orders)


def _stock(spec: Spec, sku: str) -> Stock:
    found = spec.row(Stock, sku)
    assert found
    return found
