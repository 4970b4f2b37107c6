"""One group at work in one process: its connections, lanes, relay and answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import cast

from aio_pika.abc import AbstractRobustChannel
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from faststream.rabbit.message import RabbitMessage
from faststream.rabbit.subscriber.usecase import RabbitSubscriber
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.heartbeat import DomainBeat
from infra import connections, ids, metrics, ownership, parked, receiving, unpacking
from infra.actor import Verifier
from infra.answering import Answering
from infra.clock import utcnow
from infra.database import Pool, connect, reader
from infra.delivery import Delivery
from infra.errors import Fenced
from infra.group import Group
from infra.lane import Lane
from infra.publisher import Publisher
from infra.receiving import Feed
from infra.relay import Relay
from infra.tasks import supervised
from infra.topology import QUERIES, SEARCHES

PREFETCH = 64
BEAT = 5.0
BALANCE = 4.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Access:
    """Where one domain finds its broker and its database, under its own names."""

    amqp_url: str
    database_url: str


class Member:
    """The database connections that `infra.connections` allows it, and two to the broker.

    Its lanes, relay and upkeep share `pool`: their own, or the given one of a process that has more to do with it. `turn`
    is the process's, where several members share one (see Lane).
    """

    def __init__(
        self,
        group: Group,
        access: Access,
        verifier: Verifier,
        delays: Sequence[float],
        turn: asyncio.Lock | None = None,
        pool: Pool | None = None,
    ) -> None:
        self.group, self.access, self.verifier, self.delays = group, access, verifier, delays
        self.turn = turn or asyncio.Lock()
        self.owner = ids.root()
        self.publisher = Publisher(access.amqp_url, group.name)
        self.broker: RabbitBroker | None = None
        self.lanes: list[Lane] = []
        self.pool: Pool
        self.relay: Relay
        self._shared, self._own = pool, list[Pool]()
        self._engines: list[AsyncEngine] = []
        self._feeds: list[tuple[RabbitSubscriber, Feed]] = []
        self._lane_tasks: list[asyncio.Task[None]] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Raises what the broker or the database says when it cannot be reached; starting again begins anew."""
        name, url = self.group.name, self.access.database_url
        await self.stop()
        unpacking.install()
        self.lanes, self._lane_tasks, self._tasks, self._own, self._engines, self._feeds = [], [], [], [], [], []
        if self._shared is None:
            self._own = [await connect(url, len(self.group.lanes), f"hikyaku {name}")]
        self.pool = self._shared or self._own[0]
        self.publisher = Publisher(self.access.amqp_url, name)
        self.broker = RabbitBroker(
            self.access.amqp_url, logger=None, apply_types=False, reconnect_interval=1.0, graceful_timeout=0.1,
            client_properties={"connection_name": f"{name} consume"},  # type: ignore[arg-type]
        )  # fmt: skip
        self.relay = Relay(name, self.pool, self.publisher, self.owner)
        for number, queue in enumerate(self.group.lanes):
            lane = Lane(self.group, number, self.pool, self.relay, self.owner, self.delays, self.verifier, self.turn)
            self.lanes.append(lane)
            self._subscribe(queue, lane)
        if self.group.asked(slow=False):
            answering = self._answering(reader(url, f"hikyaku {name} queries"))
            self._consume(self._room(QUERIES), PREFETCH, AckPolicy.ACK_FIRST, answering.feed)
        if self.group.asked(slow=True):
            # Acknowledged after the answer: a prefetch does not bound what is acknowledged at once.
            answering = self._answering(reader(url, f"hikyaku {name} searches", kept=False))
            self._subscriber(self._room(SEARCHES), connections.SEARCHES, AckPolicy.ACK, answering.take)
        await self.broker.start()
        for subscriber, feed in self._feeds:
            assert subscriber._queue_obj is not None
            await receiving.keep(cast(AbstractRobustChannel, subscriber._queue_obj.channel), feed)
        for lane in self.lanes:
            task = supervised(f"lane {lane.queue}", lane.run, lambda error, lane=lane: self._repair(lane, error))  # type: ignore[misc]
            self._lane_tasks.append(asyncio.create_task(task))
        for work in (self.relay.run, self.relay.sweep, self._beat, self._balance):
            self._tasks.append(asyncio.create_task(supervised(f"{name} {work.__name__}", work)))

    async def drain(self, patience: float) -> None:
        """Stop taking, finish and acknowledge what is in flight, send what is committed, then close the channel.

        Never cancel the consumer first: the next one would start while our messages are unacknowledged. What is not
        sent after `patience` seconds stays in the outbox for the next process.
        """
        for lane in self.lanes:
            await lane.drain()
        try:
            async with asyncio.timeout(patience):
                await asyncio.gather(*self._lane_tasks)
                while not self.relay.idle:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            log.warning("%s: not everything was finished within %.1f s; it will be done again", self.group.name, patience)
        await self.stop()

    async def stop(self) -> None:
        for task in (*self._lane_tasks, *self._tasks):
            task.cancel()
        await asyncio.gather(*self._lane_tasks, *self._tasks, return_exceptions=True)
        if self.broker is not None:
            if self.broker._connection is not None:
                await self.broker._connection.close()
            await self.broker.stop()
        await self.publisher.close()
        for engine in self._engines:
            await engine.dispose()
        for pool in self._own:
            pool.terminate()

    def _subscribe(self, queue: str, lane: Lane) -> None:
        quorum = RabbitQueue(queue, queue_type=QueueType.QUORUM, durable=True, declare=False)
        subscriber = self._consume(quorum, PREFETCH, AckPolicy.MANUAL, lane.feed)

        async def close_channel() -> None:
            """It opens again by itself, as the last of those who wait for the queue. Private to FastStream: it is pinned."""
            if subscriber._queue_obj is not None and not subscriber._queue_obj.channel.is_closed:
                await (await subscriber._queue_obj.channel.get_underlay_channel()).close()

        lane.close_channel = close_channel

    def _answering(self, engine: AsyncEngine) -> Answering:
        self._engines.append(engine)
        return Answering(self.group, engine, self.publisher)

    def _room(self, room: str) -> RabbitQueue:
        return RabbitQueue(f"{self.group.name}.{room}", queue_type=QueueType.CLASSIC, durable=True, declare=False)

    def _consume(self, queue: RabbitQueue, prefetch: int, policy: AckPolicy, feed: Feed) -> RabbitSubscriber:
        """What comes before the shortcut stands comes to the same `feed` through FastStream."""

        async def take(delivery: Delivery) -> None:
            feed(delivery)

        subscriber = self._subscriber(queue, prefetch, policy, take)
        self._feeds.append((subscriber, feed))
        return subscriber

    def _subscriber(
        self, queue: RabbitQueue, prefetch: int, policy: AckPolicy, take: Callable[[Delivery], Awaitable[None]]
    ) -> RabbitSubscriber:
        """FastStream consumes; it neither injects nor decodes, which would cost a thread hop per message."""

        async def handle(message: RabbitMessage) -> None:
            await take(Delivery.of_message(message.raw_message))

        assert self.broker is not None
        subscriber = self.broker.subscriber(
            queue, channel=Channel(prefetch_count=prefetch), decoder=_undecoded, ack_policy=policy, no_reply=True
        )
        subscriber(handle)
        return subscriber

    async def _repair(self, lane: Lane, error: BaseException) -> None:
        if isinstance(error, Fenced):
            metrics.fenced.labels(self.group.name).inc()
        await lane.give_back()

    async def _balance(self) -> None:
        """The broker never rebalances, so a process with two lanes more than another lets one of them go."""
        while True:
            await asyncio.sleep(BALANCE)
            owned = [lane for lane in self.lanes if lane.owned]
            if len(owned) > 1 and await ownership.should_give(self.pool, self.owner, self.group.name):
                owned[-1].let_go()

    async def _beat(self) -> None:
        """Tells whoever listens that this domain is alive: at most every 5 s, and only if it owns a lane."""
        while True:
            await self._count_parked()
            if any(lane.owned for lane in self.lanes):
                oldest = max(lane.pace.oldest_seconds() for lane in self.lanes)
                beat = DomainBeat(domain=self.group.name, at=utcnow(), oldest_seconds=round(oldest, 3))
                await self._publish_beat(beat)
            await asyncio.sleep(BEAT)

    async def _count_parked(self) -> None:
        counted = {"waiting": 0, "behind": 0, "dead": 0}
        for record in await self.pool.fetch(parked.COUNT):
            counted[record[0]] = record[1]
        for status, count in counted.items():
            metrics.parked_now.labels(self.group.name, status).set(count)

    async def _publish_beat(self, beat: DomainBeat) -> None:
        headers = {"subject": beat.subject, "partition-key": beat.partition_key, "source": self.group.name}
        identity, body = str(ids.root()), beat.model_dump_json().encode()
        try:
            await self.publisher.send(
                "events", beat.topic, body, kind=beat.topic, identity=identity, correlation=identity, headers=headers
            )
        except Exception as error:
            log.debug("%s: no heartbeat went out: %s", self.group.name, type(error).__name__)


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    return message
