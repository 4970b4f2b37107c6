"""Calling the card provider, outside the lanes. Done at least once: the request id makes it effective once."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.message import Message
from contracts.payment import CallProvider, RecordProviderAnswer
from workers.payment.provider import HttpProvider, Provider
from workers.payment.settings import provider_settings


async def call_provider(job: CallProvider, _progress: object = None) -> Sequence[Message]:
    """One call and its answer, which may be that there was none."""
    known = provider_settings()
    return [await answer_of(job, HttpProvider(known.url, known.timeout))]


async def answer_of(job: CallProvider, provider: Provider) -> RecordProviderAnswer:
    ask = {"capture": provider.capture, "refund": provider.refund, "inquire": provider.inquire}[job.action]
    verdict = await ask(job)
    return RecordProviderAnswer(
        payment_id=job.payment_id,
        customer_id=job.customer_id,
        action=job.action,
        request_id=job.request_id,
        outcome=verdict.outcome,
        reference=verdict.reference,
    )
