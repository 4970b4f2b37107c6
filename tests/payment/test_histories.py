"""Whatever happens in whatever order: money is neither made nor lost, and every charge ends in one way (S3-20 … S3-22)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.message import Message
from contracts.payment import (
    CancelPayment,
    ChargePayment,
    DepositMoney,
    PaymentCaptured,
    PaymentDeclined,
    RefundPayment,
    payment_id_of,
)
from workers.payment.rules import Entry, Payment
from workers.payment.rules.rows import later_of, request_of

from .shop import Shop
from .words import confirmed, yen

ORDERS = ("A", "B")
CUSTOMERS = {"A": "CUST-001", "B": "CUST-002"}

orders = st.sampled_from(ORDERS)
amounts = st.sampled_from((100, 200, 300))
methods = st.sampled_from(("wallet", "wallet", "card", "card", "card", "pay_later"))
commands = st.one_of(
    st.tuples(st.just("deposit"), orders, amounts, st.sampled_from("123")),
    st.tuples(st.just("charge"), orders, st.just(300), methods),
    st.tuples(st.just("charge"), orders, st.just(300), methods),
    st.tuples(st.just("cancel"), orders),
    st.tuples(st.just("refund"), orders, amounts, st.sampled_from("RST"), st.booleans()),
    st.tuples(st.just("confirmed"), orders),
)
fates = st.sampled_from(("answered", "answered", "lost", "stray", "gone"))
moves = st.one_of(
    st.tuples(st.just("hear"), st.lists(commands, min_size=1, max_size=4)),
    st.tuples(st.just("hear"), st.lists(commands, min_size=1, max_size=4)),
    st.tuples(st.just("work"), fates),
    st.tuples(st.just("work"), fates),
    st.tuples(st.just("arrive")),
    st.tuples(st.just("post"), st.booleans()),
    st.tuples(st.just("ring")),
    st.tuples(st.just("unwilling"), orders, st.sampled_from(("capture", "refund"))),
)

CHARGED = ("hear", [("charge", "A", 300, "card")])
beginnings = st.sampled_from(
    (
        [],
        [CHARGED, ("work", "answered")],
        [CHARGED, ("work", "answered"), ("hear", [("cancel", "A")]), ("work", "gone")],
        [CHARGED, ("work", "gone")],
        [CHARGED, ("work", "stray"), ("hear", [("cancel", "A")])],
        [CHARGED, ("work", "stray"), ("ring",), ("hear", [("cancel", "A")]), ("work", "answered")],
    )
)
"""Deep water is reached seldom by chance, so some histories begin there."""
histories = st.builds(lambda first, rest: [*first, *rest], beginnings, st.lists(moves, max_size=30))


def message(order: str, what: str, *more: Any) -> Message:
    customer = CUSTOMERS[order]
    if what == "deposit":
        return DepositMoney(deposit_id=f"{customer}-{more[1]}", customer_id=customer, amount=yen(more[0]))
    if what == "charge":
        return ChargePayment(order_id=order, customer_id=customer, amount=yen(more[0]), method=more[1])
    if what == "cancel":
        return CancelPayment(order_id=order, customer_id=customer)
    if what == "refund":
        charge = later_of(order) if more[2] else order
        return RefundPayment(refund_id=f"{order}-{more[1]}", payment_id=payment_id_of(charge), amount=yen(more[0]))
    return confirmed(order, customer, 300, "pay_later")


def play(shop: Shop, what: str, *more: Any) -> None:
    if what == "hear":
        shop.hear(*(message(order, kind, *rest) for kind, order, *rest in more[0]))
    elif what == "unwilling":
        order, action = more
        request = payment_id_of(order) if action == "capture" else request_of(f"{order}/cancel/1")
        shop.provider.will[request] = "declined"
    else:
        getattr(shop, what)(*more)
    shop.check()


def settled(history: list[tuple[Any, ...]]) -> Shop:
    """The shop after the history, when all that was under way has come to an end."""
    shop = Shop(ORDERS)
    # Success must be likely, or the history shows nothing but refusals.
    play(shop, "hear", [("deposit", "A", 300, "0"), ("deposit", "B", 300, "0")])
    for move in history:
        play(shop, *move)
    shop.settle()
    shop.check()
    return shop


@pytest.mark.req("S3-20", "S3-21", "S3-22", "S3-57", "S3-58")
@settings(max_examples=300, deadline=None)
@given(histories)
def test_money_is_neither_made_nor_lost(history: list[tuple[Any, ...]]) -> None:
    shop = settled(history)
    clearing: int = -sum(entry.amount for entry in shop.rows(Entry) if entry.account == "card-clearing")
    assert clearing == sum(shop.provider.taken.values()), "the books and the provider differ"
    for payment in shop.rows(Payment):
        assert payment.status not in ("pending", "unknown") and not payment.awaiting and not payment.refunding
        kept = payment.amount - payment.refunded if payment.captured else 0
        if payment.method == "card":
            assert shop.provider.taken[payment.payment_id] == kept


def answers_of(shop: Shop, payment: Payment) -> list[Any]:
    return [one for one in shop.answers[payment.order_id] if one.payment_id == payment.payment_id]  # type: ignore[attr-defined]


@pytest.mark.req("S3-20", "S3-57")
@settings(max_examples=300, deadline=None)
@given(histories)
def test_every_charge_ends_in_one_answer(history: list[tuple[Any, ...]]) -> None:
    shop = settled(history)
    for payment in shop.rows(Payment):
        if not payment.amount:
            continue
        own = answers_of(shop, payment)
        if not own:
            # The provider would not undo a charge that was given up. The demand to cancel is repeated until it is met.
            assert payment.captured and payment.cancellations
            shop.provider.will.clear()
            shop.hear(message(payment.order_id, "cancel"))
            shop.settle()
            own = answers_of(shop, payment)
        taken = [one for one in own if isinstance(one, PaymentCaptured)]
        refused = [one for one in own if isinstance(one, PaymentDeclined) and one.reason != "invalid_state"]
        assert own, "nobody was answered"
        assert not (taken and refused), "captured and declined"
        assert len(set(taken)) <= 1 and len(set(refused)) <= 1, "two answers to one question"
