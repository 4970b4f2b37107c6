"""What stands in for FastStream: consumers of the simulated broker that come back by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextvars import copy_context
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from tests.simulation.broker import Broker, Kept, Queue
from tests.simulation.clock import PROCESS, Killed

Take = Callable[[Any], Awaitable[None]]


@dataclass(eq=False, slots=True)
class Delivery:
    """As the lane reads FastStream's and aio-pika's messages; both are this one object."""

    channel: Consumer
    delivery_tag: int
    type: str
    message_id: str
    headers: dict[str, Any]
    body: bytes
    correlation_id: str
    routing_key: str
    reply_to: str = ""
    content_type: str = "application/json"
    exchange: str = ""

    @property
    def raw_message(self) -> Delivery:
        return self


class Consumer:
    """One channel with one consumer, open until something closes it."""

    def __init__(self, broker: Broker, queue: Queue, take: Take, prefetch: int, ended: Callable[[], None]) -> None:
        self.broker, self.queue, self.take, self.prefetch, self.ended = broker, queue, take, prefetch, ended
        self.unacknowledged: dict[int, Kept] = {}
        self.is_closed = False
        self.process = PROCESS.get()
        self._context = copy_context()
        self._tag = 0
        self._there = self._back = 0.0
        self._tasks: list[asyncio.Future[None]] = []
        queue.consumers.append(self)
        broker.loop.later(0, broker.deliver, queue)

    @property
    def has_room(self) -> bool:
        return len(self.unacknowledged) < self.prefetch

    def give(self, kept: Kept) -> None:
        self._tag += 1
        self.unacknowledged[self._tag] = kept
        letter = kept.letter
        headers = {**letter.headers, **({"x-delivery-count": kept.deliveries} if kept.deliveries else {})}
        delivery = Delivery(self, self._tag, letter.kind, letter.identity, headers, letter.body, letter.correlation, letter.key)
        loop = self.broker.loop
        self._there = loop.after(self._there, self.broker.chance.expovariate(2_000))
        # Each delivery gets a task of its own in FastStream, and tasks may overtake each other.
        shaken = self._there + (self.broker.chance.random() * 0.002 if self.broker.chance.random() < 0.2 else 0)
        loop.call_at(shaken, self._arrive, delivery, context=self._context)

    def _arrive(self, delivery: Delivery) -> None:
        self._tasks.append(asyncio.ensure_future(self.take(delivery)))

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
            self.close()
        for one in known:
            del self.unacknowledged[one]
        self.broker.deliver(self.queue)

    def close(self) -> None:
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
        self._queue_obj: Any = SimpleNamespace(channel=self)
        self._context = copy_context()
        self._process = PROCESS.get()

    def __call__(self, take: Take) -> None:
        self.take = take

    @property
    def is_closed(self) -> bool:
        return self.consumer is None or self.consumer.is_closed

    async def get_underlay_channel(self) -> Subscriber:
        return self

    async def close(self) -> None:
        if self.consumer is not None:
            self.consumer.close()

    def open(self) -> None:
        if self.stopped or (self._process is not None and self._process.dead):
            return
        if not self.broker.up or (self._process is not None and self._process.paused):
            self.broker.loop.later(0.5, self.open)
            return
        self.consumer = self._context.run(Consumer, self.broker, self.queue, self.take, self.prefetch, self._again)

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
            one.close()

    def consumers(self) -> Iterator[Consumer]:
        for one in self.subscribers:
            one.stopped = True
            if one.consumer is not None:
                yield one.consumer
