"""Causes faults in what this `hikyaku up` started, one at a time, and heals each: a demonstration, for development."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import httpx

from infra import services
from infra.clock import utcnow
from infra.faults import SECONDS, Name, Refused, Wish
from infra.settings import Settings
from infra.supervisor.child import Child
from infra.supervisor.frozen import frozen
from infra.unavailable import Unavailable

REST = 1.0
"""Seconds from one fault's healing to the next fault."""
READY = 60.0
ATTEMPTS = 5
KEPT = 20
SERVERS: dict[Name, str] = {"stop": "rabbitmq", "cut": "postgres"}
TITLES = {"rabbitmq": "RabbitMQ", "postgres": "PostgreSQL"}


class Faults:
    """`started` are the servers that are ours: others are never touched. `recent` is what was caused, oldest first."""

    def __init__(self, settings: Settings, children: Sequence[Child], started: Sequence[str], say: Callable[[str], None]) -> None:
        self.settings, self.children, self.started, self.say = settings, children, started, say
        self.workers = {one.name: one for one in children if one.arguments[0] == "worker"}
        self.recent: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._task: asyncio.Task[None] | None = None
        self._rested = 0.0
        self._closing = asyncio.Event()

    def view(self) -> dict[str, Any]:
        """What may be caused, or why not, and what was."""
        found = []
        for name, seconds in SECONDS.items():
            refused = self._impossible(name)
            found.append({"name": name, "seconds": seconds, "reason": refused.reason if refused else ""})
        return {"faults": found, "workers": list(self.workers), "recent": list(self.recent)}

    def begin(self, wish: Wish) -> dict[str, Any]:
        """Returns as soon as it is on its way. Raises Refused."""
        if self._closing.is_set():
            raise Refused("no_supervisor", "Hikyaku is stopping.")
        if self._task and not self._task.done():
            raise Refused("fault_running", f"`{self.recent[-1]['fault']}` has not healed yet.", retry_after=2)
        if (left := self._rested - time.monotonic()) > 0:
            raise Refused("too_soon", "The last one has only just healed.", retry_after=math.ceil(left))
        if refused := self._impossible(wish.fault):
            raise refused
        seconds = SECONDS[wish.fault] if wish.seconds is None else wish.seconds
        target = SERVERS.get(wish.fault) or self._worker(wish.worker).name
        record = {"fault": wish.fault, "target": target, "seconds": seconds, "began": utcnow().isoformat(), "healed": None}
        self.recent.append(record)
        self.say(f"! {wish.fault} {target}, as somebody wished")
        self._task = asyncio.create_task(self._live(record))
        return record

    async def close(self) -> None:
        """Heals what is not healed, at once, and causes no more."""
        self._closing.set()
        if self._task:
            await self._task

    def _impossible(self, fault: Name) -> Refused | None:
        server = SERVERS.get(fault)
        if server and services.external(self.settings, server):
            return Refused("external_server", f"{TITLES[server]} is not ours: its address was given by a HIKYAKU_*_URL.")
        if server and server not in self.started:
            return Refused("external_server", f"{TITLES[server]} already ran when this `hikyaku up` began, and is left alone.")
        if not server and not self._running():
            return Refused("worker_away", "No worker runs just now.", retry_after=2)
        return None

    def _running(self) -> list[Child]:
        return [one for one in self.workers.values() if one.process is not None and one.process.returncode is None]

    def _worker(self, name: str) -> Child:
        if name and name not in self.workers:
            raise Refused("unknown_worker", f"There are {', '.join(self.workers)}.")
        running = [one for one in self._running() if not name or one.name == name]
        if not running:
            raise Refused("worker_away", f"{name} is being started again.", retry_after=2)
        return random.choice(running)

    async def _live(self, record: dict[str, Any]) -> None:
        began = time.monotonic()
        try:
            if record["fault"] == "kill":
                await self._kill(self.workers[record["target"]])
            elif record["fault"] == "freeze":
                await self._freeze(self.workers[record["target"]], record["seconds"])
            else:
                await self._cut(record["target"], record["seconds"])
            await self._ready()
        except Exception as error:
            record["error"] = f"{type(error).__name__}: {error}"
            self.say(f"! {record['fault']} did not heal by itself: {record['error']}")
            return
        finally:
            self._rested = time.monotonic() + REST
        record["healed"] = utcnow().isoformat()
        self.say(f"· {record['fault']} has healed ({time.monotonic() - began:.1f} s)")

    async def _kill(self, worker: Child) -> None:
        """Its watcher starts it again, and does not hold this death against it."""
        assert worker.process is not None, "_worker() chose one that runs"
        worker.deaths = 0
        worker.process.kill()
        await worker.process.wait()

    async def _freeze(self, worker: Child, seconds: float) -> None:
        """It keeps its connections and says nothing, as on a machine that pauses."""
        assert worker.process is not None, "_worker() chose one that runs"
        async with frozen(worker.process.pid, seconds):
            await self._pause(seconds)

    async def _cut(self, server: str, seconds: float) -> None:
        await asyncio.to_thread(services.cut, self.settings, server)
        await self._pause(seconds)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                await asyncio.to_thread(services.start, self.settings, say=self.say, only=[server])
                return
            except Unavailable:
                if attempt == ATTEMPTS:
                    raise
                await self._pause(attempt)

    async def _ready(self) -> None:
        """When every process is connected again: a fault in one thing may have shaken any other."""
        if not self._closing.is_set():
            async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
                await asyncio.gather(*(one.until_ready(client, READY) for one in self.children))

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)
