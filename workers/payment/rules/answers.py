"""What the provider says, by answer, by webhook or when asked again; it may come twice, late, and in any order.

A request is settled once, by the first clear word about it. A webhook is evidence: it is kept until the call itself
is answered or asked again, so that the outcome reaches whoever waits for that call. After that nothing changes the
state any more; only money that comes when the payment is over is sent back.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from contracts.payment import (
    PaymentCancellationRefused,
    PaymentUnknown,
    ProviderEventRecorded,
    RecordProviderAnswer,
    RecordProviderEvent,
    ResolvePayment,
)
from infra.decision import After, Cancel, Outcomes, Rows
from workers.payment.rules import ledger
from workers.payment.rules.charges import captured, declined
from workers.payment.rules.provider import Deciding, ask, pause, resolve
from workers.payment.rules.refunds import cancelled, find, send_all_back, send_back, tell
from workers.payment.rules.rows import Payment, Refund, request_of


def record_answer(command: RecordProviderAnswer, rows: Rows, now: datetime) -> Outcomes:
    """`unknown` and `absent` give way to what a webhook has said of the same request."""
    payment, request_id, outcome = find(command.payment_id, rows), command.request_id, str(command.outcome)
    if payment is None:
        return
    if request_id in payment.awaiting:
        if outcome in ("unknown", "absent"):
            outcome = payment.awaiting[request_id] or outcome
        payment = yield from _settle(payment, request_id, outcome, command.reference, rows, now)
        yield payment
        if not payment.awaiting:
            yield Cancel(ResolvePayment, payment.payment_id)
    elif outcome == "approved" and command.action != "refund" and request_id == payment.payment_id:
        yield from _too_late(payment, rows, now)


def record_event(command: RecordProviderEvent, rows: Rows, now: datetime) -> Outcomes:
    """Whatever it amounts to, it was read."""
    yield from _heed(command, rows, now)
    yield ProviderEventRecorded(payment_id=command.payment_id, provider=command.provider, event_id=command.event_id)


def _heed(command: RecordProviderEvent, rows: Rows, now: datetime) -> Outcomes:
    """The first webhook about an unanswered request is kept; copies and later contradictions change nothing."""
    payment, request_id = find(command.payment_id, rows), command.request_id
    if payment is None:
        return
    action, _, outcome = command.kind.partition(".")
    if (action == "capture") != (request_id == payment.payment_id):
        return
    if payment.awaiting.get(request_id) == "":
        yield payment.hears(request_id, outcome)
    elif command.kind == "capture.approved" and request_id not in payment.awaiting:
        yield from _too_late(payment, rows, now)


def resolve_payment(command: ResolvePayment, rows: Rows, now: datetime) -> Outcomes:
    """Ask again about everything unanswered, and ask once more later: the answer may be lost as well."""
    payment = find(command.payment_id, rows)
    if payment is None or not payment.awaiting:
        return
    for request_id, evidence in payment.awaiting.items():
        if evidence:
            payment = yield from _settle(payment, request_id, evidence, "", rows, now)
        else:
            yield ask(payment, request_id, "inquire", payment.amount)
    if payment.status == "pending":
        payment = replace(payment, status="unknown")
        yield _unknown(payment)
    yield payment
    if payment.awaiting:
        following = command.attempt + 1
        yield After(now + pause(following), resolve(payment, following))


def _settle(payment: Payment, request_id: str, outcome: str, reference: str, rows: Rows, now: datetime) -> Deciding:
    if request_id == payment.payment_id:
        return (yield from _settle_capture(payment, outcome, reference, rows, now))
    refund = rows.get(Refund, request_id)
    if refund is None:
        raise LookupError(f"payment {payment.payment_id} awaits {request_id}, of which there is no refund")
    return (yield from _settle_refund(payment, refund, outcome, reference, rows, now))


def _settle_capture(payment: Payment, outcome: str, reference: str, rows: Rows, now: datetime) -> Deciding:
    settled = replace(payment.knows(payment.payment_id), card_token="", reference=reference, processed_at=now)
    if outcome == "approved":
        settled = replace(settled, status="captured")
        yield from ledger.capture(settled, now)
        if settled.cancel_requested:
            return (yield from send_all_back(settled, rows, now))
        yield captured(settled)
        return settled
    if payment.cancel_requested and outcome in ("declined", "absent"):
        settled = replace(settled, status="voided")
        yield cancelled(settled)
        return settled
    if outcome == "declined":
        yield declined(payment.order_id, payment.customer_id, "card_declined")
        return replace(settled, status="declined", reason="card_declined")
    if outcome == "absent":
        # The request never arrived. Under the same idempotency key it may be made again; the timer still runs.
        yield ask(payment, payment.payment_id, "capture", payment.amount)
    elif payment.status == "pending":
        payment = replace(payment, status="unknown")
        yield _unknown(payment)
        yield After(now + pause(1), resolve(payment))
    return payment


def _settle_refund(payment: Payment, refund: Refund, outcome: str, reference: str, rows: Rows, now: datetime) -> Deciding:
    if outcome == "absent":
        yield ask(payment, refund.request_id, "refund", refund.amount)
    if outcome not in ("approved", "declined"):
        return payment
    payment = replace(payment.knows(refund.request_id), refunding=payment.refunding - refund.amount)
    if outcome == "approved":
        if not payment.captured:
            yield from ledger.capture(payment, now)
        yield from ledger.give_back(payment, refund.request_id, refund.amount, now)
        payment = payment.gives_back(refund.amount)
        refund = replace(refund, status="approved", total=payment.refunded, reference=reference)
        yield refund
        yield from tell(payment, refund)
        return payment
    refund = replace(refund, status="declined", reference=reference)
    yield refund
    yield from tell(payment, refund)
    if payment.cancel_requested and payment.captured:
        if refund.asked_for:
            return (yield from send_all_back(payment, rows, now))
        # The next demand to cancel, by a person who knows more, tries under a new request id.
        yield PaymentCancellationRefused(
            order_id=payment.order_id, payment_id=payment.payment_id, customer_id=payment.customer_id, reason="refund_declined"
        )
    return payment


def _too_late(payment: Payment, rows: Rows, now: datetime) -> Outcomes:
    """The provider took money for a payment that is over. The state stays as it is; the money goes back, once."""
    late = f"{payment.charge_id}/late"
    if payment.status in ("voided", "declined") and payment.method == "card" and not rows.get(Refund, request_of(late)):
        yield (yield from send_back(payment, late, payment.amount, rows, now))


def _unknown(payment: Payment) -> PaymentUnknown:
    return PaymentUnknown(order_id=payment.order_id, payment_id=payment.payment_id, customer_id=payment.customer_id)
