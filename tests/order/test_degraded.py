"""What an order does while a participant is away, and how that is noticed."""

from datetime import timedelta

import pytest

from contracts.heartbeat import DomainBeat
from contracts.order import ModeSet, NoteProbe, SetMode
from infra.breaker import Breaker, Circuit, Load, Mode, Pulse, is_probe
from infra.spec import NOON, Spec
from tests.order.words import (
    ARRANGE,
    ARRANGED,
    CAPTURED,
    CHARGE,
    CONFIRM,
    GIVE_UP_ARRANGEMENT,
    GIVE_UP_CHARGE,
    NO_MONEY,
    PLACE,
    PLACED,
    RELEASE,
    RELEASED,
    RESERVE,
    RESERVED,
    SHIPMENT_CANCELLED,
    SOLD,
    A,
    charged,
    degraded,
    failed,
    order,
    placed,
    reserved,
    rings,
    shop,
    steps,
    within,
)  # fmt: skip
from workers.order import group
from workers.order.rules.degraded import Road

PROBE = "ORDER-5"
"""Its hash falls among the one in ten; that of ORDER-123 does not."""


def road(participant: str, mode: Mode = "automatic", state: Circuit = "open", forced: bool = False) -> Road:
    return Road(participant, mode, forced, state)


@pytest.mark.req("S3-93", "S3-90")
def test_while_payment_is_away_the_customer_pays_later() -> None:
    saga = placed(road("payment"))
    saga.when(RESERVED).then(ARRANGE, within(30, "arrange_shipment", 2))
    saga.when(ARRANGED).when(SOLD).then(*degraded("pay_later"))
    assert steps(saga)["charge"] == "skipped" and order(saga).modes == ["pay_later"]
    assert order(saga).payment == {"method": "pay_later", "status": "pending"}


@pytest.mark.req("S3-93")
def test_the_receivable_is_shown_when_payment_is_back() -> None:
    saga = placed(road("payment")).when(RESERVED).when(ARRANGED).when(SOLD)
    saga.when(CAPTURED.model_copy(update={"method": "pay_later", "payment_id": "PAY-2"})).then()
    assert order(saga).payment == {"payment_id": "PAY-2", "method": "pay_later", "status": "captured"}


@pytest.mark.req("S3-93")
def test_a_charge_given_up_is_cancelled_before_the_degraded_road_is_taken() -> None:
    saga = _opened(reserved(), "payment")
    saga.when(rings("charge", 2)).then(GIVE_UP_CHARGE, ARRANGE, within(30, "arrange_shipment", 3))
    saga.when(CAPTURED).then()  # the cancellation follows it: nobody is charged twice
    saga.when(ARRANGED).when(SOLD).then(*degraded("pay_later"))


@pytest.mark.req("S3-94")
def test_while_shipping_is_away_the_parcel_is_sent_by_hand() -> None:
    saga = reserved(road("shipping"))
    saga.when(CAPTURED).then(CONFIRM, within(30, "confirm_reservation", 3))
    saga.when(SOLD).then(*degraded("manual_shipping"))
    saga = _opened(charged(), "shipping")
    saga.when(rings("arrange_shipment", 3)).then(GIVE_UP_ARRANGEMENT, CONFIRM, within(30, "confirm_reservation", 4))
    saga.when(SHIPMENT_CANCELLED, ARRANGED).then()


@pytest.mark.req("S3-92")
def test_the_stock_check_is_skipped_only_when_an_operator_says_so() -> None:
    shop(road("inventory", "operator", "open")).when(PLACE).then(PLACED, RESERVE, within(30, "reserve", 1))
    saga = shop(road("inventory", "operator", "closed", forced=True))
    saga.when(PLACE).then(PLACED, CHARGE, within(60, "charge", 1))
    saga.when(CAPTURED).when(ARRANGED).then(*degraded("skip_stock_check"))
    assert steps(saga)["reserve"] == steps(saga)["confirm_reservation"] == "skipped"


@pytest.mark.req("S3-92")
def test_what_our_copy_of_the_master_does_not_know_is_refused() -> None:
    Spec(group, road("inventory", "operator", forced=True)).when(PLACE).then(PLACED, failed("reserve", "unknown_product"))


@pytest.mark.req("S3-92")
def test_without_inventory_new_orders_stop() -> None:
    placed().when(rings("reserve", 1)).then(RELEASE, within(60, "reserve", 2)).when(RELEASED).then(
        failed("reserve", "reserve_timeout")
    )


@pytest.mark.req("S3-90")
def test_a_refusal_in_a_degraded_order_still_undoes_what_was_done() -> None:
    saga = placed(road("shipping")).when(RESERVED)
    saga.when(NO_MONEY).then(RELEASE, within(30, "reserve", 3))


@pytest.mark.req("S3-90")
def test_half_open_lets_one_order_in_ten_take_the_normal_road() -> None:
    probes = sum(is_probe(f"ORDER-{n}") for n in range(1000))
    assert 70 <= probes <= 130 and is_probe(PROBE) and not is_probe(A)
    placed(road("payment", state="half_open")).when(RESERVED).then(ARRANGE, within(30, "arrange_shipment", 2))
    place, reserved_ = (m.model_copy(update={"order_id": PROBE}) for m in (PLACE, RESERVED))
    probe = shop(road("payment", state="half_open")).when(place).when(reserved_)
    assert CHARGE.model_copy(update={"order_id": PROBE}) in probe.sent


@pytest.mark.req("S3-90")
def test_the_probe_reports_how_it_fared_and_closes_or_opens_the_breaker() -> None:
    half = Breaker("payment", "automatic", state="half_open", since=NOON)
    place, reserved_, captured = (m.model_copy(update={"order_id": PROBE}) for m in (PLACE, RESERVED, CAPTURED))
    probe = shop(road("payment", state="half_open"), half).when(place).when(reserved_)
    answered = NoteProbe(participant="payment", order_id=PROBE, answered=True)
    assert answered in probe.when(captured).sent
    assert probe.when(answered).row(Breaker, "payment") == Breaker("payment", "automatic", state="closed", since=NOON)

    silent = shop(road("payment", state="half_open"), half).when(place).when(reserved_)
    overdue = rings("charge", 2).model_copy(update={"order_id": PROBE})
    unanswered = NoteProbe(participant="payment", order_id=PROBE, answered=False)
    assert silent.when(overdue).sent[:2] == [unanswered, GIVE_UP_CHARGE.model_copy(update={"order_id": PROBE})]
    opened = silent.when(unanswered).row(Breaker, "payment")
    assert opened is not None and opened.state == "open"


def beat(domain: str, seconds: float, oldest: float = 0.0) -> DomainBeat:
    return DomainBeat(domain=domain, at=NOON + timedelta(seconds=seconds), oldest_seconds=oldest)


def listen(spec: Spec, seconds: float, *domains: str) -> Spec:
    """A heartbeat of each domain arrives now; ours comes last, for it is then that everybody is judged."""
    return spec.when(*(beat(name, seconds) for name in domains), now=NOON + timedelta(seconds=seconds))


def state(spec: Spec, participant: str) -> str:
    found = spec.row(Breaker, participant)
    return found.state if found else "closed"


@pytest.mark.req("S3-90")
def test_a_participant_not_heard_for_15_seconds_opens_and_half_opens_when_it_is_back() -> None:
    spec = listen(Spec(group), 0, "payment", "shipping", "order")
    for seconds in (5, 10, 15):
        listen(spec, seconds, "shipping", "order")
        assert state(spec, "payment") == "closed"
    listen(spec, 20, "shipping", "order")
    assert (state(spec, "payment"), state(spec, "shipping")) == ("open", "closed")
    listen(spec, 25, "payment", "shipping", "order")
    assert state(spec, "payment") == "open"  # cooling
    listen(spec, 35, "payment", "shipping", "order")
    assert state(spec, "payment") == "half_open"
    for seconds in (40, 45, 50, 55):
        listen(spec, seconds, "shipping", "order")
    assert state(spec, "payment") == "open"


@pytest.mark.req("S3-90")
def test_when_the_broker_was_down_we_were_deaf_and_nothing_opens() -> None:
    spec = listen(Spec(group), 0, "payment", "shipping", "order")
    listen(spec, 300, "order")  # the first thing heard after the silence is ourselves
    assert (state(spec, "payment"), state(spec, "shipping")) == ("closed", "closed")
    listen(spec, 305, "payment", "order")
    listen(spec, 310, "payment", "order")
    listen(spec, 315, "payment", "order")
    assert (state(spec, "payment"), state(spec, "shipping")) == ("closed", "closed")
    listen(spec, 320, "payment", "order")
    assert (state(spec, "payment"), state(spec, "shipping")) == ("closed", "open")


def test_beats_read_too_late_prove_nothing() -> None:
    spec = listen(Spec(group), 0, "payment", "order")
    spec.when(beat("order", 1), now=NOON + timedelta(seconds=60))
    assert state(spec, "payment") == "closed"


def test_other_domains_beat_for_others() -> None:
    listen(Spec(group), 0, "chat").then()


@pytest.mark.req("S3-90")
def test_inventory_never_opens_by_itself() -> None:
    spec = listen(Spec(group), 0, "inventory", "order")
    for seconds in range(5, 60, 5):
        listen(spec, seconds, "order")
    assert state(spec, "inventory") == "closed"


@pytest.mark.req("S3-90")
def test_one_who_reads_and_does_not_answer_opens_and_one_who_is_busy_does_not() -> None:
    mute = Spec(group, Load("payment", waiting=20, late=15), Pulse("payment", NOON, NOON, 0.5))
    assert state(listen(mute, 5, "order"), "payment") == "open"
    busy = Spec(group, Load("payment", waiting=20, late=15), Pulse("payment", NOON, NOON, 40.0))
    assert state(listen(busy, 5, "order"), "payment") == "closed"
    few = Spec(group, Load("payment", waiting=5, late=5), Pulse("payment", NOON, NOON, 0.5))
    assert state(listen(few, 5, "order"), "payment") == "closed"


@pytest.mark.req("S3-92", "S3-93", "S3-94")
def test_an_operator_sets_the_mode_of_each_participant() -> None:
    spec = Spec(group)
    spec.when(SetMode(participant="shipping", mode="operator", open=True)).then(
        ModeSet(participant="shipping", mode="operator", open=True)
    )
    spec.when(SetMode(participant="shipping", mode="off", open=True)).then(
        ModeSet(participant="shipping", mode="off", open=False)
    )
    spec.when(SetMode(participant="inventory", mode="automatic")).then(
        ModeSet(participant="inventory", mode="operator", open=False)
    )


def test_an_operator_closes_what_the_breaker_opened() -> None:
    spec = Spec(group, Breaker("payment", "automatic", state="open", since=NOON))
    spec.when(SetMode(participant="payment", mode="off")).then(ModeSet(participant="payment", mode="off", open=False))
    listen(spec, 5, "order")
    assert state(spec, "payment") == "closed"


def _opened(spec: Spec, participant: str) -> Spec:
    """The breaker opens while the saga waits."""
    spec.rows[Road, participant] = road(participant)
    return spec
