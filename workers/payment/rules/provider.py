"""What is asked of the card provider, and when it is asked again."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from typing import Literal, TypeAlias

from contracts.payment import CallProvider, ResolvePayment
from infra.decision import Outcome
from workers.payment.rules.rows import Payment

Deciding: TypeAlias = Generator[Outcome, None, Payment]
"""A part of a rule: it yields outcomes and returns the payment as they leave it."""

GUARD = timedelta(seconds=20)
"""A request without any answer for so long, not even that none came, was lost with its job worker."""

DELAYS = tuple(timedelta(seconds=seconds) for seconds in (2, 10, 30))
MINUTELY = 10
"""So many asks are at most a minute apart; the ones after that five minutes, without end: nothing is ever guessed."""


def pause(attempt: int) -> timedelta:
    """How long after the last ask the ask of this number (from 1) follows."""
    if attempt <= len(DELAYS):
        return DELAYS[attempt - 1]
    return timedelta(minutes=1 if attempt <= MINUTELY else 5)


def ask(payment: Payment, request_id: str, action: Literal["capture", "refund", "inquire"], amount: int) -> CallProvider:
    return CallProvider(
        payment_id=payment.payment_id,
        customer_id=payment.customer_id,
        action=action,
        request_id=request_id,
        amount=payment.price(amount),
        card_token=payment.card_token if action == "capture" else "",
    )


def resolve(payment: Payment, attempt: int = 1) -> ResolvePayment:
    return ResolvePayment(payment_id=payment.payment_id, customer_id=payment.customer_id, attempt=attempt)
