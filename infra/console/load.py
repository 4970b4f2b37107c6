"""What flows and what waits, read from the broker, the databases and the processes. A part that is away is named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Self

import httpx
from prometheus_client.parser import text_string_to_metric_families

from infra.clock import utcnow
from infra.console.beats import Beats
from infra.console.place import AWAY, Place
from infra.database import Pool, connect
from infra.management import Management
from infra.provision import credentials

DOMAIN = """
    SELECT (SELECT count(*) FROM pending), (SELECT extract(epoch FROM now() - min(at))::float8 FROM pending),
    (SELECT count(*) FROM parked WHERE status <> 'dead'), (SELECT count(*) FROM parked WHERE status = 'dead'),
    (SELECT count(*) FROM timer), (SELECT extract(epoch FROM now() - min(due))::float8 FROM timer)
"""
OPERATIONS = "SELECT status, count(*) FROM operation WHERE status NOT IN ('succeeded', 'failed') GROUP BY status"


@dataclass(frozen=True, slots=True)
class QueueLoad:
    """Rates are messages per second as the broker samples them. `oldest` is None where nobody knows."""

    name: str
    ready: int
    unacknowledged: int
    consumers: int
    rate_in: float
    rate_out: float
    oldest: float | None

    @property
    def seconds_to_empty(self) -> float | None:
        """None when it is empty, or does not get shorter."""
        left, speed = self.ready + self.unacknowledged, self.rate_out - self.rate_in
        return left / speed if left and speed > 0 else None

    @property
    def word(self) -> str:
        if not self.ready + self.unacknowledged:
            return "empty"
        if self.name.endswith(".dead"):
            return "dead letters"
        if not self.consumers:
            return "nobody takes them"
        return "" if self.seconds_to_empty is not None else "grows" if self.rate_in > self.rate_out else "stands"


@dataclass(frozen=True, slots=True)
class DomainLoad:
    """`pending` are outbox bundles not confirmed yet; `timer_late` is how overdue the next timer is, in seconds."""

    name: str
    pending: int
    pending_oldest: float | None
    waiting: int
    dead: int
    timers: int
    timer_late: float | None


@dataclass(frozen=True, slots=True)
class ProcessLoad:
    """`settled` counts messages since its start, `cpu_seconds` likewise."""

    name: str
    pid: int | None
    megabytes: float
    cpu_seconds: float
    settled: float


@dataclass(slots=True)
class View:
    """One look. `missing` has a sentence for each part that is away."""

    at: datetime
    queues: list[QueueLoad] = field(default_factory=list)
    domains: list[DomainLoad] = field(default_factory=list)
    processes: list[ProcessLoad] = field(default_factory=list)
    operations: dict[str, int] | None = None
    missing: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["at"] = self.at.isoformat()
        for shown, queue in zip(found["queues"], self.queues, strict=True):
            shown["seconds_to_empty"] = queue.seconds_to_empty
        return found


class Observer:
    """Keeps its connections between two looks."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._pools: dict[str, Pool] = {}
        self._http = httpx.AsyncClient(timeout=2, trust_env=False)
        self._api: Management | None = None
        self.beats = Beats(place.operator_url)

    async def __aenter__(self) -> Self:
        if url := self.place.settings.management_url:
            self._api = Management(url, self.place.operator_url)
        await self.beats.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._http.aclose)
            stack.push_async_callback(self.beats.close)
            if self._api is not None:
                stack.push_async_exit(self._api)
            for pool in self._pools.values():
                pool.terminate()

    async def look(self) -> View:
        view = View(utcnow())
        parts: list[Callable[[View], Awaitable[None]]] = [self._queues, self._operations, self._processes]
        await asyncio.gather(*(part(view) for part in parts), *(self._domain(view, name) for name in self.place.domains))
        view.domains.sort(key=lambda one: one.name)
        return view

    async def _queues(self, view: View) -> None:
        if self._api is None:
            view.missing.append("Queues are not shown: HIKYAKU_MANAGEMENT_URL is not set.")
            return
        try:
            found = await self._api.queues()
        except httpx.HTTPError as error:
            view.missing.append(f"Queues are not shown: RabbitMQ's management API is away ({type(error).__name__}).")
            return
        expected = {one.name for one in self.place.topology.queues}
        view.queues = [self._queue(one) for one in sorted(found, key=lambda one: str(one["name"])) if one["name"] in expected]
        view.missing += [
            f"The queue {name} is missing: `hikyaku topology apply` declares it."
            for name in sorted(expected - {one["name"] for one in found})
        ]

    def _queue(self, found: dict[str, Any]) -> QueueLoad:
        stats = found.get("message_stats", {})

        def rate(*names: str) -> float:
            return sum(float(stats.get(f"{name}_details", {}).get("rate", 0)) for name in names)

        name, ready, taken = found["name"], found.get("messages_ready", 0), found.get("messages_unacknowledged", 0)
        oldest = self.beats.oldest(name) if ready + taken else None
        out = rate("ack", "deliver_no_ack", "get_no_ack")
        return QueueLoad(name, ready, taken, found.get("consumers", 0), rate("publish"), out, oldest)

    async def _domain(self, view: View, name: str) -> None:
        try:
            pool = await self._pool(name)
            row = await pool.fetchrow(DOMAIN)
        except AWAY as error:
            view.missing.append(f"{name}: its database is away ({type(error).__name__}).")
            return
        assert row is not None
        view.domains.append(DomainLoad(name, *row))

    async def _operations(self, view: View) -> None:
        try:
            view.operations = dict(map(tuple, await (await self._pool("edge")).fetch(OPERATIONS)))
        except (*AWAY, LookupError) as error:
            view.missing.append(f"Operations are not shown: the edge's database is away ({type(error).__name__}).")

    async def _pool(self, name: str) -> Pool:
        if name not in self._pools:
            self._pools[name] = await connect(credentials(self.place.settings, name).dsn, 1, "hikyaku top")
        return self._pools[name]

    async def _processes(self, view: View) -> None:
        processes = self.place.running.get("processes", [])
        if not processes:
            view.missing.append(f"Processes are not shown: nothing was started from {self.place.settings.folder}.")
        await asyncio.gather(*(self._process(view, one) for one in processes))
        view.processes.sort(key=lambda one: one.name)

    async def _process(self, view: View, process: dict[str, Any]) -> None:
        try:
            answer = (await self._http.get(process["metrics"])).raise_for_status()
        except httpx.HTTPError as error:
            # The card provider stands for somebody else's system: it has no figures for us.
            if not isinstance(error, httpx.HTTPStatusError):
                view.missing.append(f"{process['name']} (pid {process['pid']}) does not answer.")
            return
        sums = {"process_resident_memory_bytes": 0.0, "process_cpu_seconds_total": 0.0, "hikyaku_messages_settled_total": 0.0}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                if sample.name in sums:
                    sums[sample.name] += sample.value
        memory, cpu, settled = sums.values()
        view.processes.append(ProcessLoad(process["name"], process["pid"], memory / 1_048_576, cpu, settled))
