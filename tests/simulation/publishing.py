"""The kernel's publisher and wire on a channel of the simulated broker."""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

from aiormq.exceptions import ChannelInvalidStateError, ConnectionClosed
from pamqp import frame
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from infra.publisher import Publisher
from tests.simulation.broker import Broker, Kept, Letter
from tests.simulation.clock import PROCESS, Killed, Process, at_once

LARGEST = 131_072


class Channel:
    """As much of aiormq's channel as publisher and wire touch. What is written travels for a while, and in order."""

    def __init__(self, broker: Broker, process: Process | None) -> None:
        self.broker, self.process = broker, process
        self.number, self.is_closed = 1, False
        self.connection = SimpleNamespace(connection_tune=SimpleNamespace(frame_max=LARGEST))
        self.write_queue = self
        self._context = copy_context()
        self._futures: list[asyncio.Future[None]] = []
        self._travelling: deque[list[Letter]] = deque()
        self._tag = 0
        self._open: set[int] = set()
        self._there = self._back = 0.0
        self._returning: list[str] = []
        broker.channels.append(self)

    def create_future(self) -> asyncio.Future[None]:
        future: asyncio.Future[None] = self.broker.loop.create_future()
        self._futures = [one for one in self._futures if not one.done()] + [future]
        return future

    def full(self) -> bool:
        return False

    async def put(self, written: Any) -> None:
        self.put_nowait(written)

    def put_nowait(self, written: Any) -> None:
        if self.process is not None and self.process.dead:
            raise Killed
        if self.is_closed:
            raise ChannelInvalidStateError("writing to a closed channel")
        self._travelling.append(_letters(written.payload))
        if self.broker.cut_next:
            self.broker.cut_next -= 1
            self.broker.loop.later(0, self.cut)
        loop = self.broker.loop
        self._there = loop.after(self._there, self.broker.pause())
        loop.outside_at(self._there, self._arrive)

    def _arrive(self) -> None:
        if not self.is_closed:
            self._take(self._travelling.popleft())

    def _take(self, letters: list[Letter]) -> None:
        taken: list[tuple[int, list[Kept] | None]] = []
        for letter in letters:
            self._tag += 1
            self._open.add(self._tag)
            if letter.mandatory and not self.broker.route(letter):
                self.broker.returned += 1
                self._tell(Basic.Return(), letter.identity)
                taken.append((self._tag, []))
            else:
                taken.append((self._tag, self.broker.take(letter)))
        if self.broker.silent:
            return
        if self.broker.chance.random() < 0.6 or any(kept is None for _, kept in taken):
            self.broker.chance.shuffle(taken)
            for one in taken:
                self.broker.loop.later(self.broker.pause(), self._confirm, [one])
        else:
            self.broker.loop.later(self.broker.pause(), self._confirm, taken)

    def _confirm(self, taken: list[tuple[int, list[Kept] | None]]) -> None:
        if self.is_closed:
            return
        for tag, kept in taken:
            self._open.discard(tag)
            for one in kept or ():
                one.confirmed = True
        last, kept = taken[-1]
        if len(taken) > 1 and not any(tag <= last for tag in self._open):
            self._tell(Basic.Ack(last, multiple=True))
            return
        for tag, kept in taken:
            self.broker.refused += kept is None
            self._tell(Basic.Nack(tag) if kept is None else Basic.Ack(tag))

    def _tell(self, answer: Basic.Ack | Basic.Nack | Basic.Return, identity: str = "") -> None:
        loop = self.broker.loop
        self._back = loop.after(self._back, self.broker.chance.expovariate(2_000))
        loop.call_at(self._back, self._hear, answer, identity, context=self._context)

    def _hear(self, answer: Any, identity: str) -> None:
        """In the client's process."""
        if self.is_closed or (self.process is not None and self.process.dead):
            return
        if isinstance(answer, Basic.Return):
            self._returning.append(identity)
            at_once(self._on_return_frame(answer))
        else:
            at_once(self._on_confirm_frame(answer))

    async def _on_confirm_frame(self, answer: Any) -> None:
        """Of a channel without a wire."""

    async def _on_return_frame(self, answer: Any) -> None: ...

    async def _get_frame(self) -> None: ...

    async def _read_content(self, method: Any, header: Any) -> Any:
        properties = SimpleNamespace(message_id=self._returning.pop(0))
        return SimpleNamespace(header=SimpleNamespace(properties=properties))

    async def close(self) -> None:
        """By the client; what it has written still arrives."""
        while self._travelling:
            self._take(self._travelling.popleft())
        self._end()

    def cut(self) -> None:
        """Of what is on its way some letters arrive, and nobody is told which."""
        if self.is_closed:
            return
        letters = [one for bunch in self._travelling for one in bunch]
        self._take(letters[: self.broker.chance.randint(0, len(letters))])
        self._end()

    def _end(self) -> None:
        self._travelling.clear()
        self.is_closed = True
        self.broker.channels.remove(self)
        for future in self._futures:
            self.broker.loop.later(0, _fail, future)


def _fail(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_exception(ConnectionClosed(320, "the connection was cut"))


def _letters(packed: bytes) -> list[Letter]:
    letters = []
    publish: Any = None
    header: Any = None
    body = b""
    while packed:
        size, _, part = frame.unmarshal(packed)
        packed = packed[size:]
        if isinstance(part, Basic.Publish):
            publish, body = part, b""
        elif isinstance(part, ContentHeader):
            header = part
        elif isinstance(part, ContentBody):
            body += part.value
        if header is not None and len(body) == header.body_size:
            told = header.properties
            letters.append(
                Letter(
                    publish.exchange, publish.routing_key, told.message_id or "", told.message_type or "", body,
                    dict(told.headers or {}), told.correlation_id or "", publish.mandatory,
                )
            )  # fmt: skip
            header = None
    return letters


class SimulatedPublisher(Publisher):
    """Only how a channel is opened, and how a single message is confirmed, are not the kernel's own."""

    broker: Broker

    async def _opened(self, *, confirms: bool) -> Any:
        await asyncio.sleep(self.broker.pause())
        if not self.broker.up:
            raise ConnectionRefusedError("the broker is away")
        return Channel(self.broker, PROCESS.get())

    async def publish(self, exchange: str, key: str, body: bytes, properties: Any, *, mandatory: bool = False) -> None:
        await asyncio.sleep(self.broker.pause())
        if not self.broker.up:
            raise ConnectionRefusedError("the broker is away")
        told = properties
        self.broker.buried.append((key, told.headers.get("reason", ""), told.message_id or ""))

    async def close(self) -> None:
        for one in (self._wire.channel if self._wire else None, self._plain):
            if one is not None and not one.is_closed:
                await one.close()
