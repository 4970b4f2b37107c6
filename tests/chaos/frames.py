"""As much of PostgreSQL's and RabbitMQ's wire formats as a fault needs: where a COMMIT passes, and where a confirm does.

PostgreSQL protocol 3.0: a byte for the kind, four for the length with itself; the first messages of a client have no kind.
AMQP 0-9-1: kind, channel (2), size (4), payload, 0xCE; a method's payload begins with its class and number.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from tests.chaos.proxy import Cut

ACK = struct.pack(">HH", 60, 80)
NACK = struct.pack(">HH", 60, 120)
METHOD, OVERHEAD = 1, 8


class CommitWatch:
    """Lets a COMMIT pass to the server and nothing more come back: the client never learns what became of it.

    `chosen` is asked at each COMMIT whether it is this one.
    """

    def __init__(self, chosen: Callable[[], bool]) -> None:
        self._chosen = chosen
        self._rest = b""
        self._greeted = False
        self._mute = False

    def to_server(self, data: bytes) -> bytes:
        self._rest += data
        for kind, body in self._messages():
            if kind in (b"Q", b"P") and b"COMMIT" in body.upper() and self._chosen():
                self._mute = True
        return data

    def to_client(self, data: bytes) -> bytes:
        if self._mute:
            raise Cut
        return data

    def _messages(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            head = 0 if not self._greeted else 1
            if len(self._rest) < head + 4:
                return
            length = struct.unpack_from(">I", self._rest, head)[0]
            if len(self._rest) < head + length:
                return
            kind, body = self._rest[:head], self._rest[head + 4 : head + length]
            self._rest = self._rest[head + length :]
            # An SSLRequest (8 bytes in all) comes before the greeting proper.
            self._greeted = self._greeted or length != 8
            yield kind, body


class ConfirmWatch:
    """Takes the broker's confirms away while `chosen` says so; everything else passes."""

    def __init__(self, chosen: Callable[[], bool]) -> None:
        self._chosen = chosen
        self._rest = b""

    def to_server(self, data: bytes) -> bytes:
        return data

    def to_client(self, data: bytes) -> bytes:
        self._rest += data
        passed = b""
        while len(self._rest) >= OVERHEAD:
            kind, _, size = struct.unpack_from(">BHI", self._rest)
            if len(self._rest) < size + OVERHEAD:
                break
            frame, self._rest = self._rest[: size + OVERHEAD], self._rest[size + OVERHEAD :]
            if not (kind == METHOD and frame[7:11] in (ACK, NACK) and self._chosen()):
                passed += frame
        return passed
