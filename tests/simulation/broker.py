"""A broker: routing, confirms, returns, one active consumer for each queue, redelivery in the old places.

What is confirmed is kept, whatever happens. Of what was not confirmed when the broker dies each queue keeps the beginning
and may lose the end; what a cut connection carried arrived up to some letter and no further.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from infra.topology import EVENTS, HASH, Topology
from tests.simulation.clock import VirtualLoop

if TYPE_CHECKING:
    from tests.simulation.consuming import Consumer
    from tests.simulation.publishing import Channel

MOST_DELIVERIES = 50


@dataclass(slots=True)
class Letter:
    """As it arrives at the broker."""

    exchange: str
    key: str
    identity: str
    kind: str
    body: bytes
    headers: dict[str, Any]
    correlation: str = ""
    mandatory: bool = False


@dataclass(slots=True)
class Kept:
    """A letter in one queue; `place` is where it came in. `confirmed`: whoever sent it may rely on it."""

    letter: Letter
    place: int
    deliveries: int = 0
    confirmed: bool = False


@dataclass(eq=False, slots=True)
class Queue:
    name: str
    ready: deque[Kept] = field(default_factory=deque)
    consumers: list[Consumer] = field(default_factory=list)
    """The first is the active one."""
    places: int = 0
    refuses: bool = False

    def add(self, letter: Letter) -> Kept:
        self.places += 1
        kept = Kept(letter, self.places)
        self.ready.append(kept)
        return kept


class Broker:
    def __init__(self, loop: VirtualLoop, chance: Random, topology: Topology) -> None:
        self.loop, self.chance = loop, chance
        self.up, self.silent = True, False
        """While it is silent it takes everything and confirms nothing."""
        lanes = {one.name: [] for one in topology.exchanges if one.type == HASH}  # type: dict[str, list[str]]
        for one in topology.bindings:
            if one.source in lanes:
                lanes[one.source].append(one.target)
        self.lanes = lanes
        self.queues = {one.name: Queue(one.name) for one in topology.queues}
        self.bindings: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in topology.bindings:
            if one.source not in lanes:
                self.bindings[one.source, one.key].append(one.target)
        self.unbound: set[str] = set()
        """Keys of commands that nobody is bound to just now."""
        self.channels: list[Channel] = []
        self.cut_next = 0
        """So many channels break as soon as something is written to them."""
        self.buried: list[tuple[str, str, str]] = []
        """Domain, reason and id of what went to the dead letters."""
        self.complaints: list[str] = []
        """What a client did that the real broker would close its channel for."""
        self.returned = self.refused = self.redelivered = self.deliveries = self.long_ways = 0

    def pause(self) -> float:
        return self.chance.expovariate(1_000) if self.chance.random() < 0.97 else self.chance.uniform(0, 0.3)

    def route(self, letter: Letter) -> list[Queue]:
        if letter.key in self.unbound and letter.exchange != EVENTS:
            return []
        targets = self.bindings.get((letter.exchange, letter.key), ())
        names = [self._lane(target, letter) if target in self.lanes else target for target in targets]
        return [self.queues[name] for name in names]

    def _lane(self, exchange: str, letter: Letter) -> str:
        lanes = self.lanes[exchange]
        return lanes[hashlib.md5(str(letter.headers.get("partition-key", "")).encode()).digest()[0] % len(lanes)]

    def take(self, letter: Letter) -> list[Kept] | None:
        """Into every queue it belongs to; None when one of them refuses, which then has not got it while others have."""
        queues = self.route(letter)
        kept = [queue.add(letter) for queue in queues if not queue.refuses]
        for queue in queues:
            self.deliver(queue)
        return kept if len(kept) == len(queues) else None

    def publish(self, letter: Letter) -> bool:
        """By a careful producer: true when it is confirmed."""
        if not self.up or self.silent or not (queues := self.route(letter)) or any(queue.refuses for queue in queues):
            return False
        for kept in self.take(letter) or ():
            kept.confirmed = True
        return True

    def deliver(self, queue: Queue) -> None:
        if queue.consumers and self.up:
            consumer = queue.consumers[0]
            while queue.ready and consumer.has_room:
                self.deliveries += 1
                consumer.give(queue.ready.popleft())

    def requeue(self, queue: Queue, kept: Iterable[Kept]) -> None:
        """To their old places: one queue has one consumer, so whatever comes back is older than all that is ready."""
        back = sorted(kept, key=lambda one: one.place)
        self.redelivered += len(back)
        for one in reversed(back):
            one.deliveries += 1
            if one.deliveries > MOST_DELIVERIES:
                self.buried.append((queue.name, "delivery-limit", one.letter.identity))
            else:
                queue.ready.appendleft(one)

    def leave(self, queue: Queue, consumer: Consumer, unacknowledged: Iterable[Kept]) -> None:
        queue.consumers = [one for one in queue.consumers if one is not consumer]
        self.requeue(queue, unacknowledged)
        self.deliver(queue)

    def go_down(self) -> None:
        """All connections break. What nobody was promised is gone or not."""
        self.up = False
        for channel in list(self.channels):
            channel.cut()
        for queue in self.queues.values():
            for consumer in list(queue.consumers):
                consumer.cut()
            self._forget(queue)

    def come_up(self) -> None:
        self.up = True
        for queue in self.queues.values():
            self.deliver(queue)

    def _forget(self, queue: Queue) -> None:
        """A queue is a log: what was written last is lost first, and nothing that was confirmed."""
        promised = max((n for n, one in enumerate(queue.ready, 1) if one.confirmed), default=0)
        for _ in range(self.chance.randint(0, len(queue.ready) - promised)):
            queue.ready.pop()

    @property
    def empty(self) -> bool:
        return not any(queue.ready or any(one.unacknowledged for one in queue.consumers) for queue in self.queues.values())
