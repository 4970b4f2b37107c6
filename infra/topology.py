"""What must exist on the broker: the only file that names exchanges, queues and bindings. Pure; `broker_admin` applies it.

One queue per lane, bound to the group's commands and to the events it listens to: then the broker's single active
consumer really is the lane's only one, and delivery order is one order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.message import Command, Event
from infra.group import Group

COMMANDS, EVENTS, REPLIES, QUERIES, JOBS, DEAD = "commands", "events", "replies", "queries", "jobs", "dead-letters"
NOTICES = "notices"
"""From each edge process to all of them, by fan-out: transient words that save them from looking."""
SEARCHES = "searches"
"""A domain's queue of slow queries."""
HASH = "x-consistent-hash"
DELIVERY_LIMIT = 50
DEAD_FOR = 14 * 24 * 3600 * 1000
"""Milliseconds. Dead letters are kept no longer than the inbox, or a replay would count twice."""


@dataclass(frozen=True, slots=True)
class Exchange:
    name: str
    type: str = "topic"
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Binding:
    """From an exchange to a queue, or with `exchange` to another exchange."""

    source: str
    target: str
    key: str
    exchange: bool = False


@dataclass(frozen=True, slots=True)
class Topology:
    exchanges: tuple[Exchange, ...]
    queues: tuple[Queue, ...]
    bindings: tuple[Binding, ...]


def lane_arguments(domain: str) -> dict[str, Any]:
    """Everything explicit, since 3.10 and 4.x have other defaults. No length limit: a full queue on a fan-out would nack."""
    return {
        "x-queue-type": "quorum",
        "x-single-active-consumer": True,
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-routing-key": domain,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


QUERY_ARGUMENTS: Mapping[str, Any] = {
    "x-queue-type": "classic",
    "x-message-ttl": 10_000,
    "x-max-length": 10_000,
    "x-overflow": "reject-publish",
}
# Looking at a dead letter and putting it back is a delivery; RabbitMQ 4 drops a message after 20 of them.
DEAD_ARGUMENTS: Mapping[str, Any] = {"x-queue-type": "quorum", "x-message-ttl": DEAD_FOR, "x-delivery-limit": 100_000}
JOB_ARGUMENTS: Mapping[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": DELIVERY_LIMIT}


def declare(groups: Iterable[Group]) -> Topology:
    """The whole of it, for these groups."""
    exchanges = [Exchange(name) for name in (COMMANDS, EVENTS, REPLIES, QUERIES, JOBS, DEAD)]
    exchanges.append(Exchange(NOTICES, "fanout"))
    queues: list[Queue] = []
    bindings: list[Binding] = []
    for group in groups:
        name = group.name
        target, partitioned = name, group.partitions > 1
        if partitioned:
            target = f"{name}.lanes"
            exchanges.append(Exchange(target, HASH, {"hash-header": "partition-key"}))
        for lane in group.lanes:
            queues.append(Queue(lane, lane_arguments(name)))
            if partitioned:
                bindings.append(Binding(target, lane, "10"))
        for kind in group.decisions:
            if issubclass(kind, Command | Event):
                source = COMMANDS if issubclass(kind, Command) else EVENTS
                bindings.append(Binding(source, target, kind.topic, exchange=partitioned))
        queues.append(Queue(f"{name}.dead", DEAD_ARGUMENTS))
        bindings.append(Binding(DEAD, f"{name}.dead", name))
        for room, kinds in ((QUERIES, group.asked(slow=False)), (SEARCHES, group.asked(slow=True))):
            if kinds:
                queues.append(Queue(f"{name}.{room}", QUERY_ARGUMENTS))
                bindings += [Binding(QUERIES, f"{name}.{room}", kind.topic) for kind in kinds]
        if group.doing:
            queues.append(Queue(f"{name}.jobs", JOB_ARGUMENTS))
            bindings += [Binding(JOBS, f"{name}.jobs", kind.topic) for kind in group.doing]
    return Topology(tuple(exchanges), tuple(queues), tuple(bindings))
