"""What stands in for FastStream and aio-pika: channels that open again by themselves, on which frames arrive."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from tests.simulation.broker import Broker, Kept, Queue
from tests.simulation.clock import PROCESS, Killed, at_once

Take = Callable[[Any], Awaitable[None]]


@dataclass(eq=False, slots=True)
class Raw:
    """As the kernel reads FastStream's and aio-pika's messages; both are this one object."""

    channel: Consumer
    delivery_tag: int
    exchange: str
    routing_key: str
    type: str
    message_id: str
    correlation_id: str
    headers: dict[str, Any]
    body: bytes
    reply_to: str = ""
    content_type: str = "application/json"

    @property
    def raw_message(self) -> Raw:
        return self


class LongWay:
    """aiormq's reader, aio-pika and FastStream: a task for each delivery, and tasks may overtake each other."""

    def __init__(self, consumer: Consumer) -> None:
        self.consumer = consumer
        self._frames: list[Any] = []

    async def put(self, item: tuple[int, Any]) -> None:
        self._frames.append(item[1])
        deliver, *rest = self._frames
        if not rest or rest[0].body_size > sum(len(one.value) for one in rest[1:]):
            return
        self._frames = []
        told, body = rest[0].properties, b"".join(one.value for one in rest[1:])
        raw = Raw(self.consumer, deliver.delivery_tag, deliver.exchange, deliver.routing_key, told.message_type,
                  told.message_id, told.correlation_id, told.headers, body)  # fmt: skip
        broker = self.consumer.broker
        broker.long_ways += 1
        broker.loop.call_later(broker.chance.random() * 0.002 if broker.chance.random() < 0.2 else 0, self._begin, raw)

    def _begin(self, raw: Raw) -> None:
        self.consumer.tasks.append(asyncio.ensure_future(self.consumer.take(raw)))


class Consumer:
    """One channel with one consumer, open until something closes it. The kernel may put its own `frames` there."""

    def __init__(self, broker: Broker, queue: Queue, take: Take, prefetch: int, ended: Callable[[], None]) -> None:
        self.broker, self.queue, self.take, self.prefetch, self.ended = broker, queue, take, prefetch, ended
        self.frames: Any = LongWay(self)
        self.unacknowledged: dict[int, Kept] = {}
        self.is_closed = False
        self.process = PROCESS.get()
        self.tasks: list[asyncio.Future[None]] = []
        self._context = copy_context()
        self._tag = 0
        self._there = self._back = 0.0
        queue.consumers.append(self)
        broker.loop.later(0, broker.deliver, queue)

    @property
    def has_room(self) -> bool:
        return len(self.unacknowledged) < self.prefetch

    def give(self, kept: Kept) -> None:
        """Mostly all its frames are read at once, now and then one by one."""
        self._tag += 1
        self.unacknowledged[self._tag] = kept
        frames = list(self._frames_of(self._tag, kept))
        for some in [[one] for one in frames] if self.broker.chance.random() < 0.1 else [frames]:
            self._there = self.broker.loop.after(self._there, self.broker.chance.expovariate(2_000))
            self.broker.loop.call_at(self._there, self._arrive, some, context=self._context)

    def _frames_of(self, tag: int, kept: Kept) -> Iterator[Any]:
        letter, again = kept.letter, kept.deliveries
        headers = {**letter.headers, **({"x-delivery-count": again} if again else {})}
        told = Basic.Properties(
            headers=headers, message_id=letter.identity, message_type=letter.kind, correlation_id=letter.correlation
        )
        yield Basic.Deliver("", tag, bool(again), letter.exchange, letter.key)
        yield ContentHeader(0, len(letter.body), told)
        middle = self.broker.chance.choice((0, len(letter.body) // 2))
        yield from (ContentBody(part) for part in (letter.body[:middle], letter.body[middle:]) if part)

    def _arrive(self, frames: list[Any]) -> None:
        """What comes for a closed channel is let fall by the connection."""
        for one in frames if not self.is_closed else ():
            at_once(self.frames.put((0, one)))

    async def basic_ack(self, tag: int, *, multiple: bool) -> None:
        if self.process is not None and self.process.dead:
            raise Killed
        loop = self.broker.loop
        self._back = loop.after(self._back, self.broker.pause())
        loop.outside_at(self._back, self._acknowledged, tag, multiple)

    def _acknowledged(self, tag: int, multiple: bool) -> None:
        if self.is_closed:
            return
        known = [one for one in self.unacknowledged if (one <= tag if multiple else one == tag)]
        if not known:
            self.broker.complaints.append(f"{self.queue.name}: acknowledged {tag} twice")
            self.cut()
        for one in known:
            del self.unacknowledged[one]
        self.broker.deliver(self.queue)

    async def close(self) -> None:
        """By the client."""
        self.cut()

    def cut(self) -> None:
        """By either side, or because the connection is gone."""
        if self.is_closed:
            return
        self.is_closed = True
        back, self.unacknowledged = self.unacknowledged, {}
        self.broker.leave(self.queue, self, back.values())
        self.ended()


class Subscriber:
    """A robust one: its channel opens again after a while, at the end of the line of those who wait for the queue."""

    def __init__(self, broker: Broker, queue: str, prefetch: int) -> None:
        self.broker, self.queue, self.prefetch = broker, broker.queues[queue], prefetch
        self.consumer: Consumer | None = None
        self.stopped = False
        self.reopen_callbacks: set[Callable[[Subscriber], Awaitable[None]]] = set()
        self._queue_obj: Any = SimpleNamespace(channel=self)
        self._context = copy_context()
        self._process = PROCESS.get()
        self._calls: list[asyncio.Future[None]] = []

    def __call__(self, take: Take) -> None:
        self.take = take

    @property
    def is_closed(self) -> bool:
        return self.consumer is None or self.consumer.is_closed

    async def get_underlay_channel(self) -> Consumer:
        while self.consumer is None or self.consumer.is_closed:
            await asyncio.sleep(0.05)
        return self.consumer

    def open(self) -> None:
        if self.stopped or (self._process is not None and self._process.dead):
            return
        if not self.broker.up or (self._process is not None and self._process.paused):
            self.broker.loop.later(0.5, self.open)
            return
        self.consumer = self._context.run(Consumer, self.broker, self.queue, self.take, self.prefetch, self._again)
        for one in self.reopen_callbacks:
            # Until then deliveries take the long way.
            self.broker.loop.call_later(self.broker.chance.expovariate(50), self._call, one, context=self._context)

    def _call(self, one: Callable[[Subscriber], Awaitable[None]]) -> None:
        self._calls.append(asyncio.ensure_future(one(self)))

    def _again(self) -> None:
        self.broker.loop.later(self.broker.chance.uniform(0.01, 1.2), self.open)


class SimulatedRabbitBroker:
    broker: Broker

    def __init__(self, url: str, **given: Any) -> None:
        self.subscribers: list[Subscriber] = []
        self._connection = None

    def subscriber(self, queue: Any, *, channel: Any, **given: Any) -> Subscriber:
        one = Subscriber(self.broker, queue.name, channel.prefetch_count)
        self.subscribers.append(one)
        return one

    async def start(self) -> None:
        for one in self.subscribers:
            await asyncio.sleep(self.broker.pause())
            if not self.broker.up:
                raise ConnectionRefusedError("the broker is away")
            one.open()

    async def stop(self) -> None:
        for one in self.consumers():
            one.cut()

    def consumers(self) -> Iterator[Consumer]:
        for one in self.subscribers:
            one.stopped = True
            if one.consumer is not None:
                yield one.consumer
