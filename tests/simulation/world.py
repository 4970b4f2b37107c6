"""Processes of the real kernel on simulated servers, and producers that ask something of them."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextvars import Context
from random import Random
from typing import Any
from uuid import UUID

from contracts.message import Message
from infra import ids, topology
from infra import letter as letters
from infra.actor import Verifier
from infra.envelope import Envelope
from infra.member import Access, Member
from infra.tasks import supervised
from tests.simulation import domains, statements
from tests.simulation.broker import Broker, Letter
from tests.simulation.clock import PROCESS, Clock, Killed, Process, VirtualLoop
from tests.simulation.postgres import Server

ITEMS = {"cup": 12, "pot": 9, "tray": 6}


class World:
    """Broker and databases of five domains, and processes that run them. Everything in it follows from the seed."""

    def __init__(self, loop: VirtualLoop, seed: int) -> None:
        self.loop, self.chance = loop, Random(seed)
        self.clock = Clock(loop)
        self.groups = domains.groups()
        self.broker = Broker(loop, self.chance, topology.declare(self.groups))
        self.servers = {one.name: Server(loop, self.chance, statements.of_group(one), domains.CHECKS) for one in self.groups}
        for item, count in ITEMS.items():
            self.servers["shelf"].tables.rows["stock"][item] = {"item": item, "on_hand": count, "reserved": 0}
        self.processes: list[Process] = []
        self.members: dict[Process, list[Member]] = {}
        self.ordered: dict[Process, ids.Ordered] = {}
        self.strange: list[str] = []
        self.asked: list[tuple[UUID, Message]] = []
        self.deaths = 0
        self.points: Counter[str] = Counter()
        """How often a process came to each failpoint, and below how often one died there."""
        self.died: Counter[str] = Counter()
        self._doomed: dict[str, int] = {}
        self._outgoing: deque[tuple[UUID, Message]] = deque()
        self._tasks: list[asyncio.Task[Any]] = []

    # --- processes

    def start(self, names: tuple[str, ...]) -> Process:
        """A process with these groups, as `hikyaku worker` runs them."""
        process = Process(" ".join(names))
        self.processes.append(process)
        self.ordered[process] = ids.Ordered()
        self._context(process).run(self._begin, process, names)
        return process

    def _begin(self, process: Process, names: tuple[str, ...]) -> None:
        access = Access("amqp://", "postgresql://")
        found = [one for one in self.groups if one.name in names]
        turn = asyncio.Lock()
        self.members[process] = [Member(one, access, Verifier(None), domains.RETRY_DELAYS, turn) for one in found]
        for one in self.members[process]:
            self._tasks.append(self.loop.create_task(supervised(f"start {one.group.name}", one.start)))

    def kill(self, process: Process, again_after: float = 1.0) -> None:
        """Nothing of it runs any more; the servers notice a little later, and somebody starts it again."""
        if process.dead:
            return
        process.dead = True
        self.deaths += 1
        self.loop.later(self.chance.uniform(0, 0.2), self._bury, process)
        if process in self.processes:
            self.processes.remove(process)
            self.loop.later(again_after, self.start, tuple(process.name.split()))

    def _bury(self, process: Process) -> None:
        for server in self.servers.values():
            for session in [one for one in server.sessions if one.process is process]:
                server.close(session)
        for channel in [one for one in self.broker.channels if one.process is process]:
            channel.cut()
        for consumer in self._consumers(process):
            consumer.cut()

    def _consumers(self, process: Process | None = None) -> list[Any]:
        every = [one for queue in self.broker.queues.values() for one in queue.consumers]
        return [one for one in every if process in (None, one.process)]

    def pause(self, process: Process, seconds: float) -> None:
        process.paused = True
        for server in self.servers.values():
            server.watch_idle(process)
        self.loop.later(seconds, self.loop.resume, process)

    def retire(self, process: Process) -> None:
        """SIGTERM: it drains, and a new one takes its place."""
        self.processes.remove(process)
        for one in self.members[process]:
            self._tasks.append(self.loop.create_task(one.drain(5.0), context=self._context(process)))
        self.loop.later(0.5, self.start, tuple(process.name.split()))

    def _context(self, process: Process) -> Context:
        context = self.loop.outside.copy()
        context.run(PROCESS.set, process)
        return context

    def doom(self, point: str, hits: int) -> None:
        """Whoever comes to this failpoint the n-th time from now dies there."""
        self._doomed[point] = hits

    def failpoint(self, here: str) -> None:
        self.points[here] += 1
        if here in self._doomed:
            self._doomed[here] -= 1
            if self._doomed[here] == 0:
                del self._doomed[here]
                self.died[here] += 1
                self.die()

    def die(self) -> None:
        process = PROCESS.get()
        assert process is not None
        self.kill(process)
        raise Killed

    async def end(self) -> None:
        """Everybody is cancelled, the dead too: nothing of this world is left for the next one to stumble over."""
        for process in self.members:
            process.dead = False
            self.loop.resume(process)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for one in tasks:
            one.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- producers

    def ask(self, message: Message) -> None:
        """As the edge does: durable, in order, and sent until it is confirmed."""
        identity = ids.root()
        self.asked.append((identity, message))
        self._outgoing.append((identity, message))
        if len(self._outgoing) == 1:
            self._post()

    def again(self, number: int) -> None:
        """A copy of something that was sent before."""
        if sent := len(self.asked) - len(self._outgoing):
            self._send(*self.asked[number % sent])

    def _post(self) -> None:
        while self._outgoing:
            if not self._send(*self._outgoing[0]):
                self.loop.later(0.5, self._post)
                return
            self._outgoing.popleft()

    def _send(self, identity: UUID, message: Message) -> bool:
        one = letters.write(Envelope(identity, message, identity, source="edge", time=self.clock.now()))
        headers = {name: value for name, value in one.headers.items() if name != "correlation"}
        return self.broker.publish(Letter(one.exchange, one.topic, str(identity), one.topic, one.body.encode(), headers))

    # --- the whole

    @property
    def calm(self) -> bool:
        """Nothing is under way any more."""
        return self.broker.empty and not self._outgoing and not any(map(self._waits, self.servers.values()))

    def _waits(self, server: Server) -> bool:
        rows = server.tables.rows
        return bool(rows["pending"] or rows["timer"] or any(one["status"] != "dead" for one in rows["parked"].values()))

    def heal(self) -> None:
        self.broker.up, self.broker.silent = True, False
        self.broker.unbound.clear()
        for queue in self.broker.queues.values():
            queue.refuses = False
            self.broker.deliver(queue)
        for server in self.servers.values():
            server.up = True
            server.doubts.clear()
            server.errors.clear()
        self._doomed.clear()
        self.broker.cut_next = 0
        for process in self.processes:
            if process.paused:
                self.loop.resume(process)
