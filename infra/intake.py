"""The deliveries of one lane in the order of their tags, so that one acknowledgement covers a whole batch."""

from __future__ import annotations

from collections.abc import Iterator

import aiormq.abc

from infra.delivery import Delivery

MOST_BYTES = 4 * 1024 * 1024


class Intake:
    """What came before the shortcut stood (see `infra.receiving`) came in tasks, which may overtake each other.

    A batch therefore takes an unbroken run of tags. Tags start at 1 on every new channel; what an old channel had
    delivered comes again on the new one.
    """

    def __init__(self) -> None:
        self.channel: aiormq.abc.AbstractChannel | None = None
        self._waiting: dict[int, Delivery] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, delivery: Delivery) -> None:
        channel = delivery.channel
        if channel.is_closed:
            return
        if channel is not self.channel:
            self.channel, self._waiting, self._next = channel, {}, 1
        self._waiting[delivery.tag] = delivery

    def clear(self) -> None:
        """Forget what is not acknowledged: the channel is about to close."""
        self.channel, self._waiting = None, {}

    def peek(self) -> Delivery | None:
        return self._waiting.get(self._next)

    def take(self, most: int) -> Iterator[Delivery]:
        """At most `most` deliveries and 4 MiB of them."""
        size = 0
        while most > 0 and size < MOST_BYTES and (delivery := self._waiting.pop(self._next, None)) is not None:
            self._next += 1
            most -= 1
            size += len(delivery.body)
            yield delivery
