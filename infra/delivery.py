"""A message as the broker delivered it, before anybody has read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiormq.abc
from aio_pika.abc import AbstractIncomingMessage
from pamqp.commands import Basic
from pamqp.header import ContentHeader


@dataclass(slots=True, eq=False)
class Delivery:
    """What a stranger may have written is text or nothing; `headers` are whatever AMQP can carry.

    `tag` is 0 for what needs no acknowledgement. `key` is the routing key, `kind` the type of the message.
    """

    channel: aiormq.abc.AbstractChannel
    tag: int
    exchange: str
    key: str
    kind: str
    identity: str
    correlation: str
    reply_to: str
    content_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, channel: aiormq.abc.AbstractChannel, frame: Basic.Deliver, header: ContentHeader, body: bytes) -> Delivery:
        """Of the frames of one delivery."""
        told = header.properties
        return cls(
            channel, frame.delivery_tag or 0, frame.exchange, frame.routing_key or "", told.message_type or "",
            told.message_id or "", told.correlation_id or "", told.reply_to or "", told.content_type or "", body,
            told.headers or {},
        )  # fmt: skip

    @classmethod
    def of_message(cls, raw: AbstractIncomingMessage) -> Delivery:
        """Of aio-pika's message. Raises ChannelInvalidStateError when its channel is closed by now."""
        return cls(
            raw.channel, raw.delivery_tag or 0, raw.exchange or "", raw.routing_key or "", raw.type or "", raw.message_id or "",
            raw.correlation_id or "", raw.reply_to or "", raw.content_type or "", raw.body, raw.headers,
        )  # fmt: skip
