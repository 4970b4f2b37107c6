"""The fulfilment of an order, as a conversation."""

from datetime import timedelta

import pytest

from contracts.inventory import PricedLine, StockReserved
from contracts.money import LARGEST, Price
from infra.process.step import AGAIN_AFTER_PIVOT, UNDO_AGAIN
from infra.spec import NOON
from tests.order.words import (
    ARRANGE,
    ARRANGED,
    CANCEL_PAYMENT,
    CANCEL_SHIPMENT,
    CAPTURED,
    CHARGE,
    CONFIRM,
    CONFIRMED,
    EXPIRED,
    ITO,
    NO_MONEY,
    NO_ROAD,
    NO_STOCK,
    PAYMENT_CANCELLED,
    PICKED_UP,
    PLACE,
    PLACED,
    RELEASE,
    RELEASED,
    RESERVE,
    RESERVED,
    SHIPMENT_CANCELLED,
    SOLD,
    A,
    arranged,
    attention,
    charged,
    confirmed,
    failed,
    order,
    placed,
    reserved,
    rings,
    shop,
    steps,
    within,
)  # fmt: skip


@pytest.mark.req("S3-40", "S3-41", "S3-43", "S3-52", "S3-61")
def test_reserved_then_charged_then_arranged_then_sold_then_confirmed() -> None:
    saga = shop()
    saga.when(PLACE).then(PLACED, RESERVE, within(30, "reserve", 1))
    saga.when(RESERVED).then(CHARGE, within(60, "charge", 2))
    saga.when(CAPTURED).then(ARRANGE, within(30, "arrange_shipment", 3))
    saga.when(ARRANGED).then(CONFIRM, within(30, "confirm_reservation", 4))
    saga.when(SOLD).then(CONFIRMED)
    assert (order(saga).status, order(saga).state, order(saga).deadline) == ("confirmed", "completed", None)


@pytest.mark.req("S3-44")
def test_each_step_shows_its_state_to_the_client() -> None:
    saga = reserved()
    assert steps(saga) == {
        "reserve": "done", "charge": "running", "arrange_shipment": "waiting", "confirm_reservation": "waiting",
        "confirm_order": "waiting",
    }  # fmt: skip
    assert order(saga).steps[0] == {"name": "reserve", "status": "done", "at": NOON.isoformat(), "reason": ""}
    assert set(steps(confirmed()).values()) == {"done"}


def test_the_total_is_what_the_owner_of_the_prices_says() -> None:
    assert order(reserved()).total == Price(amount=900, currency="JPY")


@pytest.mark.req("S3-53")
def test_a_refused_reservation_undoes_nothing() -> None:
    placed().when(NO_STOCK).then(failed("reserve", "insufficient_stock"))


@pytest.mark.req("S3-54")
def test_a_declined_payment_gives_the_stock_back() -> None:
    saga = reserved()
    saga.when(NO_MONEY).then(RELEASE, within(30, "reserve", 3))
    saga.when(RELEASED).then(failed("charge", "insufficient_funds"))
    assert steps(saga)["charge"] == "failed" and steps(saga)["reserve"] == "compensated"
    assert (order(saga).status, order(saga).reason) == ("failed", "insufficient_funds")


@pytest.mark.req("S3-55")
def test_a_refused_shipment_gives_money_and_stock_back_in_that_order() -> None:
    saga = charged()
    saga.when(NO_ROAD).then(CANCEL_PAYMENT, within(60, "charge", 4))
    saga.when(PAYMENT_CANCELLED).then(RELEASE, within(30, "reserve", 5))
    saga.when(RELEASED).then(failed("arrange_shipment", "undeliverable"))
    assert order(saga).payment["status"] == "refunded"


@pytest.mark.req("S3-53")
def test_a_silent_reservation_is_undone_for_it_may_have_happened() -> None:
    saga = placed()
    saga.when(rings("reserve", 1)).then(RELEASE, within(60, "reserve", 2))
    saga.when(RESERVED).then()  # too late: it is being released
    saga.when(NO_STOCK).then()
    saga.when(RELEASED).then(failed("reserve", "reserve_timeout"))


@pytest.mark.req("S3-54")
def test_a_silent_payment_is_undone_and_then_the_stock() -> None:
    saga = reserved()
    saga.when(rings("charge", 2)).then(CANCEL_PAYMENT, within(120, "charge", 3))
    assert steps(saga)["charge"] == "failed"
    saga.when(CAPTURED).then()
    saga.when(PAYMENT_CANCELLED).then(RELEASE, within(30, "reserve", 4))
    saga.when(RELEASED).then(failed("charge", "charge_timeout"))
    assert steps(saga)["charge"] == "compensated"


@pytest.mark.req("S3-55")
def test_a_silent_shipment_is_undone_and_then_money_and_stock() -> None:
    saga = charged()
    saga.when(rings("arrange_shipment", 3)).then(CANCEL_SHIPMENT, within(60, "arrange_shipment", 4))
    saga.when(SHIPMENT_CANCELLED).then(CANCEL_PAYMENT, within(60, "charge", 5))
    saga.when(PAYMENT_CANCELLED).then(RELEASE, within(30, "reserve", 6))
    saga.when(RELEASED).then(failed("arrange_shipment", "arrange_shipment_timeout"))


@pytest.mark.req("S3-57")
def test_answers_that_come_twice_or_late_change_nothing() -> None:
    reserved().when(RESERVED, RESERVED).then()
    charged().when(RESERVED, CAPTURED, RELEASED).then()
    confirmed().when(RESERVED, CAPTURED, ARRANGED, SOLD, NO_MONEY, EXPIRED).then()
    ended = placed().when(NO_STOCK)
    before = order(ended)
    ended.when(NO_STOCK, RESERVED, RELEASED, rings("reserve", 1)).then().leaves(before)


def test_both_copies_in_one_batch_are_one() -> None:
    placed().when(RESERVED, RESERVED).then(CHARGE, within(60, "charge", 2))


def test_answers_about_an_order_we_have_never_seen_are_nobodys() -> None:
    shop().when(RESERVED, SOLD, rings("reserve", 1)).then()


def test_a_timer_of_an_older_question_is_ignored() -> None:
    reserved().when(rings("reserve", 1)).then()
    saga = charged().when(NO_ROAD)
    saga.when(rings("charge", 2)).then()  # the charge has been asked for and is now being undone: another question


@pytest.mark.parametrize("currencies", [("JPY", "GBP")])
def test_mixed_currencies_do_not_add_up_and_the_stock_goes_back(currencies: tuple[str, str]) -> None:
    lines = tuple(
        PricedLine(sku=f"CUP-{n}", quantity=1, name="Cup", unit_price=Price(amount=5, currency=currency))
        for n, currency in enumerate(currencies)
    )
    saga = placed().when(StockReserved(order_id=A, customer_id=ITO, lines=lines, expires_at=NOON))
    saga.then(RELEASE, within(30, "reserve", 2))
    saga.when(RELEASED).then(failed("reserve", "currency_mismatch"))


def test_a_total_beyond_every_wallet_is_refused() -> None:
    lines = (PricedLine(sku="CUP", quantity=2, name="Cup", unit_price=Price(amount=LARGEST, currency="JPY")),)
    saga = placed().when(StockReserved(order_id=A, customer_id=ITO, lines=lines, expires_at=NOON))
    saga.when(RELEASED).then(failed("reserve", "total_too_large"))


def test_an_undoing_is_asked_again_with_growing_patience_and_then_an_operator_is_needed() -> None:
    saga = reserved().when(NO_MONEY)
    for attempt, seconds in enumerate((60, 120, 240, 480, 600)):
        saga.when(rings("reserve", 3 + attempt)).then(RELEASE, within(seconds, "reserve", 4 + attempt))
    assert UNDO_AGAIN == 5
    saga.when(rings("reserve", 8)).then(attention("reserve", "insufficient_funds"))
    assert (order(saga).status, order(saga).state, order(saga).waits_for) == ("needs_attention", "stuck", "")


def test_a_late_answer_still_helps_a_stuck_undoing() -> None:
    saga = reserved().when(NO_MONEY)
    for asks in range(3, 9):
        saga.when(rings("reserve", asks))
    saga.when(RELEASED).then(failed("charge", "insufficient_funds"))
    assert order(saga).status == "failed"


def test_after_the_pivot_silence_is_asked_again_and_never_undone() -> None:
    saga = arranged()
    for attempt, seconds in enumerate((60, 120, 240, 480, 600)):
        asks = 4 + attempt
        saga.when(rings("confirm_reservation", asks)).then(CONFIRM, within(seconds, "confirm_reservation", asks + 1))
    assert AGAIN_AFTER_PIVOT == 5
    saga.when(rings("confirm_reservation", 9)).then(attention("confirm_reservation", "confirm_reservation_timeout"))
    saga.when(SOLD).then(CONFIRMED)
    assert order(saga).status == "confirmed"


def test_a_reservation_that_expired_after_the_pivot_needs_a_person() -> None:
    saga = arranged().when(EXPIRED).then(attention("confirm_reservation", "reservation_expired"))
    saga.when(EXPIRED, rings("confirm_reservation", 4)).then()
    assert (order(saga).status, order(saga).reason) == ("needs_attention", "reservation_expired")


def test_a_parcel_that_left_before_the_order_was_confirmed_cannot_be_undone() -> None:
    saga = charged().when(rings("arrange_shipment", 3))
    saga.when(PICKED_UP).then(attention("arrange_shipment", "arrange_shipment_timeout"))


def test_the_history_tells_what_happened_when() -> None:
    saga = placed().when(rings("reserve", 1), now=NOON + timedelta(seconds=30)).when(RELEASED)
    told = [(entry["step"], entry["what"], entry["reason"]) for entry in order(saga).history]
    assert told == [
        ("reserve", "running", ""), ("reserve", "silent", ""), ("reserve", "failed", "timeout"),
        ("reserve", "compensated", ""),
    ]  # fmt: skip
