"""Commands that an operator sends over the broker, with the operator's own user."""

from __future__ import annotations

from pamqp.commands import Basic

from contracts.message import Command
from infra import letter
from infra.envelope import Envelope
from infra.publisher import Publisher


async def command(publisher: Publisher, message: Command) -> None:
    """Confirmed by the broker when it returns."""
    sent = letter.write(Envelope.fresh(message, "operator"))
    headers = dict(sent.headers)
    properties = Basic.Properties(
        message_id=str(sent.id), message_type=sent.topic, correlation_id=headers.pop("correlation"),
        content_type="application/json", delivery_mode=2, headers=headers,
    )  # fmt: skip
    await publisher.publish(sent.exchange, sent.topic, sent.body.encode(), properties, mandatory=True)
