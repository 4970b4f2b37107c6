"""A confirming channel that carries letters in bunches: one write for all of them, one future for all their confirms.

aiormq publishes one message at a time, with a lock, a task and a future for each. This stands on one of its channels and
takes over what comes back for letters: aiormq is pinned, and the two methods of it that are replaced are private to it.
Nothing else may publish on that channel.
"""

from __future__ import annotations

import asyncio
import struct
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import aiormq
from aiormq.abc import ChannelFrame
from aiormq.exceptions import ChannelInvalidStateError
from pamqp.commands import Basic

from infra import frames, jobs
from infra.letter import Letter

UNKNOWN, CONFIRMED, REFUSED, RETURNED, RETURNING, UNSENDABLE = range(6)
"""What became of a letter. A returned one is confirmed all the same, a moment later; until then it is `RETURNING`."""

_ACK = bytes.maketrans(bytes((UNKNOWN, RETURNING)), bytes((CONFIRMED, RETURNED)))
_NACK = bytes.maketrans(bytes((UNKNOWN, RETURNING)), bytes((REFUSED, RETURNED)))

Addressed: TypeAlias = tuple[UUID, Letter]
"""A letter with the id of its bundle."""


class Flight:
    """A bunch on its way. `landed` is done when each fate is known, and fails when the channel does.

    `bunch` is what was to be sent; the letters of it that cannot be packed (a routing key of 300 bytes) got no tag.
    """

    __slots__ = ("began", "bunch", "fates", "first", "landed", "letters", "open", "unsendable")

    def __init__(
        self, bunch: Sequence[Addressed], first: int, landed: asyncio.Future[None], unsendable: Sequence[Addressed] = ()
    ) -> None:
        letters = [one for one in bunch if one not in unsendable] if unsendable else bunch
        self.bunch, self.letters, self.first, self.landed, self.unsendable = bunch, letters, first, landed, unsendable
        self.fates = bytearray(len(letters))
        self.open = len(letters)
        self.began = time.monotonic()
        if not letters:
            landed.set_result(None)

    def settle(self, begin: int, end: int, table: bytes) -> None:
        """The letters from `begin` to before `end`, of which some may be settled already."""
        some = self.fates[begin:end]
        self.open -= some.count(UNKNOWN) + some.count(RETURNING)
        self.fates[begin:end] = some.translate(table)
        if not self.open and not self.landed.done():
            self.landed.set_result(None)

    def returned(self, identity: str) -> bool:
        """Whether it was one of these; of two copies the earlier one comes back first."""
        for n, (_, letter) in enumerate(self.letters):
            if self.fates[n] == UNKNOWN and str(letter.id) == identity:
                self.fates[n] = RETURNING
                return True
        return False

    def outcome(self) -> Iterator[tuple[int, Addressed]]:
        yield from zip(self.fates, self.letters, strict=True)
        for one in self.unsendable:
            yield UNSENDABLE, one


class Wire:
    """`user` is the connection's own: the broker refuses a message that names another."""

    def __init__(self, channel: aiormq.Channel, user: str) -> None:
        self.channel, self.user = channel, user
        self._flights: deque[Flight] = deque()
        self._tag = 0
        self._largest = channel.connection.connection_tune.frame_max or 131_072
        channel._on_confirm_frame = self._confirmed  # type: ignore[method-assign]
        channel._on_return_frame = self._returned  # type: ignore[method-assign]

    @property
    def is_closed(self) -> bool:
        return bool(self.channel.is_closed)

    async def send(self, letters: Sequence[Addressed]) -> Flight:
        """Hands all of them to the connection at once. Raises ChannelInvalidStateError when the channel is gone."""
        packed: list[bytes] = []
        unsendable: list[Addressed] = []
        for one in letters:
            try:
                packed.append(self._pack(one[1]))
            except (ValueError, TypeError, struct.error):
                unsendable.append(one)
        if self.is_closed:
            raise ChannelInvalidStateError("the channel is closed")
        flight = Flight(letters, self._tag + 1, self.channel.create_future(), unsendable)
        if packed:
            self._tag += len(packed)
            self._flights.append(flight)
            await self.channel.write_queue.put(ChannelFrame(b"".join(packed), should_close=False))
        return flight

    def _pack(self, letter: Letter) -> bytes:
        headers = dict(letter.headers)
        body = jobs.encode(letter) if letter.exchange == "jobs" else letter.body.encode()
        return frames.message(
            self.channel.number, self._largest, letter.exchange, letter.topic, body,
            kind=letter.topic, identity=str(letter.id), correlation=headers.pop("correlation", ""), headers=headers,
            mandatory=letter.exchange != "events", user=self.user,
        )  # fmt: skip

    async def _confirmed(self, frame: Basic.Ack | Basic.Nack | Basic.Reject) -> None:
        """Flights are in the order of their tags; the oldest ones are the first to be whole."""
        tag, table = frame.delivery_tag or 0, _ACK if isinstance(frame, Basic.Ack) else _NACK
        for flight in self._flights:
            place = tag - flight.first
            if place < 0:
                break
            if getattr(frame, "multiple", False):
                flight.settle(0, place + 1, table)
            elif place < len(flight.fates):
                flight.settle(place, place + 1, table)
                break
        while self._flights and not self._flights[0].open:
            self._flights.popleft()

    async def _returned(self, frame: Basic.Return) -> None:
        """The broker returns a message before it confirms it, and names it by its id only."""
        header: Any = await self.channel._get_frame()
        message = await self.channel._read_content(frame, header)
        identity = message.header.properties.message_id or ""
        for flight in self._flights:
            if flight.returned(identity):
                return
