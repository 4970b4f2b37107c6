"""Does the steps of a schedule to a world."""

from __future__ import annotations

from typing import Any

import asyncpg

from tests.simulation import words as w
from tests.simulation.plan import Step, far
from tests.simulation.world import World


class Hand:
    """Each public method is a step. Whatever lasts ends by itself."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.until = 0.0
        """When the last of what lasts ends."""
        self._numbers = 0

    def do(self, step: Step) -> None:
        getattr(self, step.what)(*step.values)

    def order(self, order: str, wallet: str, items: dict[str, int], price: int) -> None:
        self.world.ask(w.Place(order=order, wallet=wallet, items=items, price=price))

    def deposit(self, wallet: str, amount: int, later: float) -> None:
        """One that fails for `later` seconds."""
        until = self.world.clock.now().timestamp() + later if later else 0.0
        self._deposit(wallet, amount, until)

    def poison(self, wallet: str, for_whom: str) -> None:
        """A message that fails for ever: its rule raises, or the database refuses what it leads to."""
        self._deposit(wallet, 1 if for_whom == "rule" else w.LARGEST, far() if for_whom == "rule" else 0.0)

    def _deposit(self, wallet: str, amount: int, until: float) -> None:
        self._numbers += 1
        self.world.ask(w.Deposit(wallet=wallet, number=self._numbers, amount=amount, until=until))

    def save(self, saving: str, wallet: str, amount: int, seconds: float) -> None:
        self.world.ask(w.Save(saving=saving, wallet=wallet, amount=amount, seconds=seconds))

    def fatal(self, order: str) -> None:
        self.world.ask(w.Fatal(order=order))

    def again(self, number: int) -> None:
        self.world.again(number)

    def kill(self, number: int, after: float) -> None:
        if processes := self.world.processes:
            self.world.kill(processes[number % len(processes)], after)

    def pause(self, number: int, seconds: float) -> None:
        if processes := self.world.processes:
            self.world.pause(processes[number % len(processes)], seconds)
            self._lasts(seconds)

    def retire(self, number: int) -> None:
        if processes := [one for one in self.world.processes if not one.paused]:
            self.world.retire(processes[number % len(processes)])

    def doom(self, point: str, hits: int) -> None:
        self.world.doom(point, hits)

    def cut_database(self, domain: str, every: bool) -> None:
        server = self.world.servers[domain]
        sessions = list(server.sessions)
        for one in sessions if every else sessions[:1]:
            server.close(one)

    def doubt(self, domain: str, kind: Any, count: int) -> None:
        self.world.servers[domain].doubts.extend([kind] * count)

    def error(self, domain: str, kind: str, count: int) -> None:
        self.world.servers[domain].errors.extend([getattr(asyncpg, kind)] * count)

    def database_down(self, domain: str, seconds: float) -> None:
        server = self.world.servers[domain]
        server.go_down()
        self._later(seconds, setattr, server, "up", True)

    def broker_down(self, seconds: float) -> None:
        self.world.broker.go_down()
        self._later(seconds, self.world.broker.come_up)

    def cut_in_flight(self, count: int) -> None:
        self.world.broker.cut_next += count

    def cut_publisher(self, number: int) -> None:
        if channels := self.world.broker.channels:
            channels[number % len(channels)].cut()

    def close_consumer(self, number: int) -> None:
        consumers = [one for queue in self.world.broker.queues.values() for one in queue.consumers]
        if consumers:
            consumers[number % len(consumers)].cut()

    def silence(self, seconds: float) -> None:
        """The broker takes everything and confirms nothing."""
        self.world.broker.silent = True
        self._later(seconds, setattr, self.world.broker, "silent", False)

    def refuse(self, queue: str, seconds: float) -> None:
        one = self.world.broker.queues[queue]
        one.refuses = True
        self._later(seconds, setattr, one, "refuses", False)

    def unbind(self, topic: str, seconds: float) -> None:
        self.world.broker.unbound.add(topic)
        self._later(seconds, self.world.broker.unbound.discard, topic)

    def _later(self, seconds: float, work: Any, *given: Any) -> None:
        self.world.loop.later(seconds, work, *given)
        self._lasts(seconds)

    def _lasts(self, seconds: float) -> None:
        self.until = max(self.until, self.world.loop.now + seconds)
