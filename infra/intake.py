"""The deliveries of one lane in the order of their tags, so that one acknowledgement covers a whole batch."""

from __future__ import annotations

from collections.abc import Iterator

import aiormq.abc
from faststream.rabbit.message import RabbitMessage

MOST_BYTES = 4 * 1024 * 1024


class Intake:
    """FastStream gives each delivery to a task of its own, and tasks may overtake each other.

    A batch therefore takes an unbroken run of tags. Tags start at 1 on every new channel; what an old channel had
    delivered comes again on the new one.
    """

    def __init__(self) -> None:
        self.channel: aiormq.abc.AbstractChannel | None = None
        self._waiting: dict[int, RabbitMessage] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, delivery: RabbitMessage) -> None:
        channel = delivery.raw_message.channel
        if channel.is_closed:
            return
        if channel is not self.channel:
            self.channel, self._waiting, self._next = channel, {}, 1
        self._waiting[delivery.raw_message.delivery_tag or 0] = delivery

    def clear(self) -> None:
        """Forget what is not acknowledged: the channel is about to close."""
        self.channel, self._waiting = None, {}

    def peek(self) -> RabbitMessage | None:
        return self._waiting.get(self._next)

    def take(self, most: int) -> Iterator[RabbitMessage]:
        """At most `most` deliveries and 4 MiB of them."""
        size = 0
        while most > 0 and size < MOST_BYTES and (delivery := self._waiting.pop(self._next, None)) is not None:
            self._next += 1
            most -= 1
            size += len(delivery.body)
            yield delivery
