"""Stock is held whole or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from contracts.inventory import Line, ReleaseReservation, ReservationExpired, ReservationReleased, ReserveStock, StockLow
from infra.decision import After
from infra.spec import NOON, Spec
from tests.inventory.words import (
    LATER,
    SOON,
    given,
    product,
    refused,
    reservation,
    reserve,
    reserved,
    shop,
    stock,
    timer,
)
from workers.inventory import group
from workers.inventory.rules.reservations import reserving
from workers.inventory.rules.state import Overdue, Stock

pytestmark = pytest.mark.req("S3-11", "S3-13", "S3-15", "S3-16", "S3-19")


@pytest.mark.req("S3-11", "S3-15", "S3-17")
def test_every_line_is_held_at_the_masters_price_and_a_timer_starts() -> None:
    shop(TEAPOT=5, CUP=9).when(reserve("A", TEAPOT=2, CUP=4)).then(reserved("A", TEAPOT=2, CUP=4), timer("A")).leaves(
        stock("TEAPOT", 5, 2, low=False), stock("CUP", 9, 4, low=False), reservation("A", TEAPOT=2, CUP=4)
    )


@pytest.mark.req("S3-53")
def test_one_short_line_refuses_all() -> None:
    """What is refused has no side effect."""
    shop(TEAPOT=5, CUP=3).when(reserve("A", TEAPOT=2, CUP=4)).then(refused("A", "insufficient_stock", "CUP")).leaves(
        stock("TEAPOT", 5, low=False), stock("CUP", 3, low=False)
    )


def test_the_last_piece_can_be_had() -> None:
    shop(CUP=3).when(reserve("A", CUP=3)).then(
        reserved("A", CUP=3), StockLow(sku="CUP", category="kitchen", available=0, threshold=0), timer("A")
    )


def test_an_unknown_product_refuses_all() -> None:
    shop(CUP=3).when(reserve("A", CUP=1, MOON=1)).then(refused("A", "unknown_product", "MOON"))


def test_a_sku_on_two_lines_is_summed_and_keeps_its_two_lines() -> None:
    twice = ReserveStock(order_id="A", customer_id="CUST-001", lines=(Line(sku="CUP", quantity=2), Line(sku="CUP", quantity=2)))
    shop(CUP=3).when(twice).then(refused("A", "insufficient_stock", "CUP"))
    spec = shop(CUP=9).when(twice).leaves(stock("CUP", 9, 4, low=False))
    assert [line.quantity for line in spec.sent[0].lines] == [2, 2]  # type: ignore[union-attr]


@pytest.mark.req("S3-56")
def test_the_second_of_two_orders_sees_what_the_first_left() -> None:
    """No double sale."""
    shop(CUP=3).when(reserve("A", CUP=2), reserve("B", CUP=2)).then(
        reserved("A", CUP=2), refused("B", "insufficient_stock", "CUP"), timer("A")
    )


@pytest.mark.req("S3-19", "S3-57")
def test_asking_again_is_answered_again_and_holds_nothing_more() -> None:
    """The order id is the idempotency key."""
    shop(CUP=9).when(reserve("A", CUP=2)).when(reserve("A", CUP=2)).then(reserved("A", CUP=2)).leaves(
        stock("CUP", 9, 2, low=False)
    )


@pytest.mark.req("S3-58")
def test_asking_again_for_other_lines_keeps_the_first_ones() -> None:
    shop(CUP=9).when(reserve("A", CUP=2)).when(reserve("A", CUP=7), now=SOON).then(reserved("A", CUP=2)).leaves(
        stock("CUP", 9, 2, low=False)
    )


def test_a_later_price_does_not_change_what_was_reserved() -> None:
    spec = given(product("CUP", price=999), stock("CUP", 9, 2), reservation("A", CUP=2))
    spec.when(reserve("A", CUP=2)).then(reserved("A", CUP=2))


def test_what_is_over_is_not_begun_again() -> None:
    for status in ("confirmed", "released"):
        given(stock("CUP", 9), reservation("A", status, CUP=2)).when(reserve("A", CUP=2)).then(refused("A", "invalid_state"))
    given(stock("CUP", 9), reservation("A", "expired", CUP=2)).when(reserve("A", CUP=2)).then(refused("A", "reservation_expired"))


@pytest.mark.req("S3-54")
def test_a_release_that_comes_first_refuses_the_late_reservation() -> None:
    """A compensation may overtake its action."""
    late = shop(CUP=3).when(ReleaseReservation(order_id="A"))
    late.then(ReservationReleased(order_id="A"))
    late.when(reserve("A", CUP=2)).then(refused("A", "invalid_state", customer_id="")).leaves(stock("CUP", 3, low=False))


@pytest.mark.req("S3-17")
def test_holds_past_their_time_make_room_before_their_timers_ring() -> None:
    """Expired stops counting at once."""
    held = given(
        product("CUP"), product("POT"), stock("CUP", 3, 2), stock("POT", 3, 3, low=False),
        reservation("OLD", until=SOON, CUP=2, POT=3), Overdue("CUP", ["OLD"]),
    )  # fmt: skip
    held.when(reserve("A", CUP=2), now=SOON).then(
        ReservationExpired(order_id="OLD", customer_id="CUST-001"),
        reserved("A", LATER + timedelta(minutes=1), CUP=2),
        timer("A", LATER + timedelta(minutes=1)),
    )
    held.leaves(reservation("OLD", "expired", until=SOON, CUP=2, POT=3), stock("POT", 3, 0, low=False))


def test_what_the_lookup_calls_overdue_is_looked_at_again() -> None:
    """It was confirmed by an earlier message of the same batch, say."""
    given(
        product("CUP"), stock("CUP", 1, 0, low=False), reservation("OLD", "confirmed", until=SOON, CUP=2),
        reservation("YOUNG", until=LATER, CUP=1), Overdue("CUP", ["OLD", "YOUNG", "UNHEARD-OF"]),
    ).when(reserve("A", CUP=2), now=SOON).then(refused("A", "insufficient_stock", "CUP"))  # fmt: skip


def test_asking_again_too_late_is_refused_and_gives_back() -> None:
    given(stock("CUP", 3, 2, low=False), reservation("A", CUP=2)).when(reserve("A", CUP=2), now=LATER).then(
        ReservationExpired(order_id="A", customer_id="CUST-001"), refused("A", "reservation_expired")
    ).leaves(stock("CUP", 3, low=False))


@pytest.mark.req("S3-61")
def test_the_first_line_names_the_partition_of_the_reservations_timer() -> None:
    """A reservation over several categories takes its first line's."""
    command = ReserveStock(
        order_id="A", customer_id="C", lines=(Line(sku="SAW", quantity=1), Line(sku="CUP", quantity=1)), category=""
    )
    spec = given(
        product("SAW", category="tools"), product("CUP"), stock("SAW", 2, low=False, category="tools"), stock("CUP", 2)
    ).when(command)
    ring = next(one for one in spec.sent if isinstance(one, After))
    assert ring.message.partition_key == "tools"


@pytest.mark.req("S3-17")
def test_an_installation_may_hold_for_another_time() -> None:
    """HIKYAKU_RESERVATION_TTL."""
    rule = reserving(timedelta(seconds=2))
    rows = Spec(group, product("CUP"), Stock("CUP", "kitchen", 0, 5, 0, False)).rows
    outcomes = list(rule(reserve("A", CUP=1), _Loaded(rows), NOON))
    assert any(isinstance(one, After) and one.at == NOON + timedelta(seconds=2) for one in outcomes)


class _Loaded:
    """Rows that are all there, for a rule that is tried outside its group."""

    cause: Any = None

    def __init__(self, rows: dict) -> None:  # type: ignore[type-arg]
        self._rows = rows

    def get(self, kind, key):  # type: ignore[no-untyped-def]
        return self._rows.get((kind, key))

    def each(self, kind, keys):  # type: ignore[no-untyped-def]
        return {key: self._rows[kind, key] for key in keys if (kind, key) in self._rows}
