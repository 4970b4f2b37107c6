"""What payment and the card provider say to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.message import Command, Event, Id, Job
from contracts.money import Price
from contracts.payment.payments import CardToken

# What happened


class ProviderEventRecorded(Event):
    """A webhook was read, also when it changed nothing."""

    topic, about = "payment.provider-event-recorded.v1", "payment_id"
    payment_id: str
    provider: str
    event_id: str


# What can be asked of payment


class CallProvider(Job):
    """Ask the card provider to capture, refund or report. Its answer comes as RecordProviderAnswer."""

    topic, about, key = "payment.call-provider.v1", "payment_id", "customer_id"
    payment_id: Id
    customer_id: Id
    action: Literal["capture", "refund", "inquire"]
    request_id: Id = Field(description="the provider's idempotency key")
    amount: Price
    card_token: CardToken = ""


class RecordProviderAnswer(Command):
    """`unknown`: no answer came; `absent`: the provider has never heard of the request."""

    topic, about, key = "payment.record-provider-answer.v1", "payment_id", "customer_id"
    payment_id: Id
    customer_id: Id
    action: Literal["capture", "refund", "inquire"]
    request_id: Id
    outcome: Literal["approved", "declined", "unknown", "absent"]
    reference: str = Field(default="", max_length=64)


class RecordProviderEvent(Command):
    """A webhook whose signature the edge has checked; may come twice and in any order."""

    topic, about = "payment.record-provider-event.v1", "payment_id"
    succeeds = (ProviderEventRecorded,)
    provider: str = Field(max_length=32)
    event_id: Id
    payment_id: Id
    request_id: Id
    kind: Literal["capture.approved", "capture.declined", "refund.approved", "refund.declined"]
    at: datetime
    reference: str = Field(default="", max_length=64)


class ResolvePayment(Command):
    """The timer of an unanswered provider call rang."""

    topic, about, key = "payment.resolve-payment.v1", "payment_id", "customer_id"
    payment_id: Id
    customer_id: Id
    attempt: int = Field(default=1, ge=1)
