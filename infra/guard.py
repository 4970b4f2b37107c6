"""Watches that every queue and binding exists, brings back what is gone, and fills a lost lane again.

A lost event queue is never reported by a return: the event store listens to everything, so nothing is unroutable. Only
looking helps: at the start, after the broker was away, whenever somebody raises the alarm (a consumer was cancelled),
and every 10 s.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass

import aio_pika
import httpx
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError, ChannelClosed

from infra import broker_admin, metrics, services
from infra.accounts_broker import OPERATOR
from infra.database import TRANSIENT
from infra.errors import KernelError
from infra.management import Management
from infra.provision import credentials
from infra.refill import refill
from infra.settings import Settings
from infra.topology import DEAD, HASH, QUERIES, Binding, Exchange, Queue, Topology

PERIOD = 10.0
SOON = 1.0
"""Seconds until the next look after one that failed."""
OWED = "owed."
"""An exchange of this name and a domain's, bound to nothing, says that a refill of that domain is not finished.

The broker keeps it, so that another guard goes on where this one died.
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing on the broker, and the domains whose refill is not finished."""

    exchanges: tuple[Exchange, ...] = ()
    queues: tuple[Queue, ...] = ()
    bindings: tuple[Binding, ...] = ()
    owed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.exchanges or self.queues or self.bindings or self.owed)


async def guard(topology: Topology, settings: Settings, alarm: asyncio.Event | None = None) -> None:
    """Until cancelled. `alarm` brings the next look forward. What fails is logged and tried again; nothing is raised."""
    alarm, pause = alarm or asyncio.Event(), PERIOD
    while True:
        alarm.clear()
        try:
            await mend(topology, settings)
            pause = PERIOD
        except (AMQPError, httpx.HTTPError, KernelError, LookupError, *TRANSIENT) as error:
            log.warning("guard: %s: %s; again in %g s", type(error).__name__, error, SOON)
            pause = SOON
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await alarm.wait()


async def mend(topology: Topology, settings: Settings) -> Gap:
    """One look and its consequences; returns what was missing. Raises what broker or databases say when they are away."""
    chosen = services.resolve(settings)
    url = credentials(chosen, OPERATOR).amqp_url
    gap = await look(topology, url, chosen.management_url)
    if not gap:
        return gap
    lost = {_domain(one.name) for one in gap.queues if not one.name.endswith((".dead", ".queries", ".searches"))}
    # What was published while a binding was missing went past its lane.
    lost |= {_domain(one.target) for one in gap.bindings if one.source not in (QUERIES, DEAD)}
    connection = await aio_pika.connect(url, timeout=10)
    async with connection:
        channel = await connection.channel()
        for domain in sorted(lost):
            await channel.declare_exchange(OWED + domain, durable=True, timeout=10)
        await _bring_back(topology, gap, url, channel)
        for domain in sorted(lost | set(gap.owed)):
            await refill(topology, domain, chosen)
            await channel.exchange_delete(OWED + domain, timeout=10)
    return gap


async def look(topology: Topology, url: str, management_url: str = "") -> Gap:
    """`url` is the operator's. Without the management API bindings cannot be seen: those count as missing that have
    lost one of their ends."""
    if management_url:
        async with Management(management_url, url) as api:
            exchanges, queues, bindings = await asyncio.gather(api.exchanges(), api.queue_names(), api.bindings())
    else:
        exchanges, queues = await _probed(topology, url)
        bindings = {
            one for one in topology.bindings if one.source in exchanges and one.target in (exchanges if one.exchange else queues)
        }
    return Gap(
        tuple(one for one in topology.exchanges if one.name not in exchanges),
        tuple(one for one in topology.queues if one.name not in queues),
        tuple(one for one in topology.bindings if one not in bindings),
        # Somebody else may guard the other domains.
        tuple(sorted({name.removeprefix(OWED) for name in _owed(exchanges)} & {_domain(one.name) for one in topology.queues})),
    )


async def _bring_back(topology: Topology, gap: Gap, url: str, channel: AbstractChannel) -> None:
    names = [one.name for one in gap.exchanges] + [one.name for one in gap.queues]
    for thing in (*names, *map(broker_admin.describe, gap.bindings)):
        log.warning("guard: %s was missing and is declared again", thing)
    for name in (*names, *(one.target for one in gap.bindings)):
        metrics.guard_repairs.labels(_domain(name)).inc()
    rings = {one.name for one in topology.exchanges if one.type == HASH}
    broken = rings & ({one.source for one in gap.bindings} | {one.name for one in gap.exchanges})
    # A ring gives keys to lanes by the order in which these were bound: a lane bound again alone would change places.
    lanes = [one for one in topology.bindings if one.source in broken]
    for lane in lanes:
        if lane not in gap.bindings:
            await (await channel.get_queue(lane.target, ensure=False)).unbind(lane.source, lane.key, timeout=10)
    bindings = (*lanes, *(one for one in gap.bindings if one.source not in broken))
    targets = {one.target for one in bindings}
    queues = tuple(one for one in topology.queues if one in gap.queues or one.name in targets)
    await broker_admin.apply(Topology(topology.exchanges, queues, bindings), url)


async def _probed(topology: Topology, url: str) -> tuple[set[str], set[str]]:
    """By asking for each name; a name that is missing costs its channel."""
    domains = {_domain(one.name) for one in topology.queues}
    exchanges, queues = set[str](), set[str]()
    connection = await aio_pika.connect(url, timeout=10)
    async with connection:
        for name in (*(one.name for one in topology.exchanges), *(OWED + one for one in sorted(domains))):
            if await _exists(connection, name, exchange=True):
                exchanges.add(name)
        for queue in topology.queues:
            if await _exists(connection, queue.name, exchange=False):
                queues.add(queue.name)
    return exchanges, queues


async def _exists(connection: AbstractConnection, name: str, *, exchange: bool) -> bool:
    channel = await connection.channel()
    try:
        if exchange:
            await channel.declare_exchange(name, passive=True, timeout=10)
        else:
            await channel.declare_queue(name, passive=True, timeout=10)
    except ChannelClosed:
        return False
    await channel.close()
    return True


def _owed(exchanges: set[str]) -> set[str]:
    return {name for name in exchanges if name.startswith(OWED)}


def _domain(name: str) -> str:
    return name.partition(".")[0]
