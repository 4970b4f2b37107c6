"""Charging a card: the provider answers, declines, stays silent, or says it twice and in the wrong order (S3-20, S3-26)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from infra.spec import NOON
from workers.payment.rules import Refund
from workers.payment.rules.provider import pause
from workers.payment.rules.rows import request_of

from .words import (
    CANCEL,
    PAYMENT,
    asked_of_card,
    call,
    cancelled,
    captured,
    charge,
    declined,
    given,
    noted,
    paid_by_card,
    payment_of,
    refund_said,
    rings,
    said,
    timer,
    unknown,
    webhook,
)  # fmt: skip

SOON = timedelta(seconds=2)


@pytest.mark.req("S3-20")
def test_a_card_is_charged_by_the_provider_and_the_payment_waits() -> None:
    spec = given().when(charge(500, "card", "tok_approve"))
    spec.then(call("capture", 500, token="tok_approve"), timer())
    assert payment_of(spec).status == "pending"
    spec.when(charge(500, "card", "tok_approve")).then()  # asked again while it waits: the one answer comes


@pytest.mark.req("S3-20", "S3-24")
def test_an_approval_captures_the_money_and_forgets_the_token() -> None:
    spec = asked_of_card().when(said("approved")).then(captured(500, "card"))
    payment = payment_of(spec)
    assert (payment.status, payment.card_token, payment.reference) == ("captured", "", "ref")
    assert payment.processed_at == NOON and not payment.awaiting


def test_a_decline_is_final() -> None:
    spec = asked_of_card().when(said("declined")).then(declined("card_declined"))
    spec.when(charge(500, "card")).then(declined("card_declined"))


@pytest.mark.req("S3-57")
def test_an_answer_that_comes_twice_counts_once() -> None:
    paid_by_card().when(said("approved"), said("approved"), said("declined"), said("unknown")).then()


@pytest.mark.req("S3-26")
def test_a_lost_answer_makes_the_payment_unknown_until_the_provider_is_asked() -> None:
    spec = asked_of_card().when(said("unknown")).then(unknown(), timer(1, SOON))
    assert payment_of(spec).status == "unknown"
    spec.when(rings(1)).then(call("inquire", 500), timer(2, timedelta(seconds=10)))
    spec.when(said("unknown", "inquire")).then()
    spec.when(rings(2)).then(call("inquire", 500), timer(3, timedelta(seconds=30)))
    spec.when(said("approved", "inquire")).then(captured(500, "card"))
    spec.when(rings(3)).then()


def test_the_pauses_grow_and_never_end() -> None:
    seconds = [int(pause(attempt).total_seconds()) for attempt in range(1, 14)]
    assert seconds == [2, 10, 30, 60, 60, 60, 60, 60, 60, 60, 300, 300, 300]


def test_a_call_that_was_lost_with_its_worker_is_asked_about_all_the_same() -> None:
    spec = asked_of_card().when(rings(1)).then(call("inquire", 500), unknown(), timer(2, timedelta(seconds=10)))
    assert payment_of(spec).status == "unknown"


def test_a_request_that_never_arrived_is_made_again_under_the_same_id() -> None:
    spec = asked_of_card().when(said("unknown")).when(rings(1)).when(said("absent", "inquire"))
    spec.then(call("capture", 500, token="tok_approve"))
    spec.when(said("unknown")).then()  # the timer of the growing pauses still runs
    spec.when(said("approved")).then(captured(500, "card"))


def test_a_webhook_is_kept_until_the_call_is_answered() -> None:
    """So that the answer goes to whoever waits for the call, under its correlation id."""
    spec = asked_of_card().when(webhook("capture.approved")).then(noted())
    assert payment_of(spec).status == "pending"
    spec.when(said("unknown")).then(captured(500, "card"))


def test_a_webhook_answers_where_nothing_else_does() -> None:
    spec = asked_of_card().when(said("unknown")).when(webhook("capture.approved")).then(noted())
    spec.when(rings(1)).then(captured(500, "card"))
    assert not payment_of(spec).awaiting


def test_webhooks_come_twice_and_the_first_word_counts() -> None:
    spec = asked_of_card().when(webhook("capture.approved"), webhook("capture.approved"), webhook("capture.declined"))
    spec.then(noted(), noted(), noted()).when(said("unknown")).then(captured(500, "card"))


def test_a_webhook_that_contradicts_what_is_settled_changes_nothing() -> None:
    spec = paid_by_card().when(webhook("capture.declined"), webhook("refund.approved")).then(noted(), noted())
    assert payment_of(spec).status == "captured"


def test_a_webhook_about_something_else_changes_nothing() -> None:
    spec = asked_of_card().when(webhook("capture.approved", "other"), webhook("refund.approved", PAYMENT))
    spec.then(noted(), noted()).when(said("unknown")).then(unknown(), timer(1, SOON))
    given().when(webhook("capture.approved"), said("approved"), rings()).then(noted())


def test_money_that_comes_when_the_payment_is_over_is_sent_back_once() -> None:
    """The state stays; keeping the money would be a charge nobody agreed to."""
    late = request_of("A/late")
    spec = asked_of_card().when(CANCEL).when(said("absent", "inquire")).then(cancelled("voided"))
    spec.when(webhook("capture.approved")).then(call("refund", 500, late), noted(), timer())
    spec.when(webhook("capture.approved")).then(noted())
    spec.when(refund_said("approved", "A/late")).then()
    assert (payment_of(spec).status, payment_of(spec).refunded) == ("voided", 500)
    found = spec.row(Refund, late)
    assert found is not None and found.status == "approved"


def test_a_late_approval_by_the_call_itself_is_sent_back_too() -> None:
    spec = asked_of_card().when(said("declined")).when(said("approved"))
    spec.then(call("refund", 500, request_of("A/late")), timer())
    spec.when(refund_said("declined", "A/late")).then()
    assert (payment_of(spec).status, payment_of(spec).refunding) == ("declined", 0)
