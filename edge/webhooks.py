"""What a payment provider reports: trusted for its signature, not for where it comes from (B11)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from contracts import webhook
from contracts.message import Id
from contracts.payment import RecordProviderEvent
from edge.problems import Problem


class ProviderEvent(BaseModel):
    """The fields that count; a provider may say more."""

    model_config = ConfigDict(extra="ignore")

    event_id: Id
    payment_id: Id
    request_id: Id
    kind: Literal["capture.approved", "capture.declined", "refund.approved", "refund.declined"]
    at: AwareDatetime
    reference: Annotated[str, Field(max_length=64)] = ""


def verified(provider: str, secret: bytes | None, headers: Mapping[str, str], body: bytes, now: datetime) -> RecordProviderEvent:
    """Raises Problem: 404 for an unknown provider, 401 for a bad signature, 422 for a report that can't be read."""
    if secret is None:
        raise Problem("not-found")
    if not webhook.verifies(secret, body, headers.get(webhook.HEADER, ""), int(now.timestamp())):
        raise Problem("invalid-signature")
    try:
        event = ProviderEvent.model_validate_json(body)
    except ValidationError as error:
        fields = [(".".join(map(str, one["loc"])), one["msg"]) for one in error.errors(include_input=False)]
        raise Problem("invalid-request", errors=fields) from None
    return RecordProviderEvent(provider=provider, **event.model_dump())
