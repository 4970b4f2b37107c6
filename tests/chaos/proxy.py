"""A TCP proxy that can be told to be a bad network, between the shop and one of its servers.

Modes may change while connections are open: latency, a hole (nothing passes, nothing is closed), refusal, resets. A
`Watch` sees every chunk of a connection in its direction and may change it, drop it or cut the connection.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

CHUNK = 65_536


class Cut(Exception):
    """Raised by a watch: this connection ends here, both ways, without a word."""


class Watch(Protocol):
    """One connection as somebody in the middle sees it. Returns what is to go on."""

    def to_server(self, data: bytes) -> bytes: ...

    def to_client(self, data: bytes) -> bytes: ...


class Proxy:
    def __init__(self, port: int, seed: int = 0) -> None:
        self.target, self.port = port, 0
        self.latency = self.jitter = 0.0
        self.refusing = False
        self.watch: Callable[[], Watch] | None = None
        self.counted: dict[str, int] = {"connections": 0, "cuts": 0}
        self._random = random.Random(seed)
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """The port it listens on, on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=CHUNK)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._open.set()
        self.reset()

    def hole(self, there: bool) -> None:
        """While it is there nothing passes in either direction, and nobody is told."""
        (self._open.clear if there else self._open.set)()

    def reset(self) -> int:
        """Every connection ends at once, as after a crash of the machine between. How many there were."""
        for writer in (gone := list(self._writers)):
            writer.transport.abort()
        return len(gone) // 2

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refusing:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target, limit=CHUNK)
        except OSError:
            writer.transport.abort()
            return
        self.counted["connections"] += 1
        both = {writer, back}
        self._writers |= both
        watch = self.watch() if self.watch else None
        to_server = self._pump(reader, back, watch.to_server if watch else None)
        to_client = self._pump(there, writer, watch.to_client if watch else None)
        try:
            await asyncio.wait(
                {asyncio.create_task(to_server), asyncio.create_task(to_client)}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            self._writers -= both
            for one in both:
                one.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Callable[[bytes], bytes] | None
    ) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while data := await reader.read(CHUNK):
                if self.latency:
                    await asyncio.sleep(max(0.0, self.latency + self._random.uniform(-self.jitter, self.jitter)))
                await self._open.wait()
                try:
                    data = seen(data) if seen else data
                except Cut:
                    self.counted["cuts"] += 1
                    return
                writer.write(data)
                await writer.drain()
