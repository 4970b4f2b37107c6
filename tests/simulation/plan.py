"""A schedule: what is asked and what goes wrong, and when. It follows from its seed alone, or from Hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.simulation import words as w
from tests.simulation.clock import BEGAN
from tests.simulation.world import ITEMS

EVERYBODY = ("stall", "shelf", "purse", "witness", "chronicle")
LAYOUTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "one process": (EVERYBODY,),
    "two processes": (EVERYBODY, EVERYBODY),
    "a process for each": tuple((one,) for one in EVERYBODY),
}
POINTS = (
    "lane.received", "transaction.before_commit", "transaction.after_commit", "lane.before_ack", "lane.after_ack",
    "relay.after_publish", "timer.ringing",
)  # fmt: skip
COMMANDS = tuple(one.topic for one in (w.Reserve, w.Release, w.Hand, w.Charge, w.Refund, w.Note))
QUEUES = ("stall", "shelf.0", "shelf.1", "purse", "witness", "chronicle")
DOUBTS = ("kept", "lost", "kept later", "lost later")
ERRORS = ("SerializationError", "DeadlockDetectedError", "QueryCanceledError", "AdminShutdownError")


@dataclass(frozen=True, slots=True)
class Step:
    """`what` is a method of Hand."""

    at: float
    what: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """`seed` decides besides how long everything takes."""

    seed: int
    layout: str
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        lines = [f"seed {self.seed}, {self.layout}"]
        return "\n".join(lines + [f"  {one.at:7.3f} s  {one.what} {', '.join(map(str, one.values))}" for one in self.steps])


def planned(seed: int) -> Plan:
    chance = Random(f"plan {seed}")
    layout = chance.choices(list(LAYOUTS), (4, 4, 2))[0]
    span = chance.uniform(0.5, 4.0)
    burst = chance.uniform(0, span)
    steps = []
    for what, values in _load(chance):
        at = burst + chance.uniform(0, 0.01) if chance.random() < 0.4 else chance.uniform(0, span)
        steps.append(Step(round(at, 3), what, values))
    for what, make in chance.choices(list(FAULTS.items()), k=chance.choice((0, 1, 1, 2, 2, 3, 4, 6))):
        steps.append(Step(round(chance.uniform(0, span + 1.0), 3), what, make(chance)))
    return Plan(seed, layout, tuple(sorted(steps, key=lambda one: one.at)))


def _load(chance: Random) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for n in range(chance.randint(1, 4)):
        items = {item: chance.randint(1, 4) for item in chance.sample(sorted(ITEMS), chance.randint(1, 3))}
        yield "order", (f"order-{n}", _wallet(chance), items, chance.randint(1, 30))
    for _ in range(chance.randint(2, 7)):
        yield "deposit", (_wallet(chance), chance.randint(1, 60), chance.choice((0.0, 0.0, 0.0, 0.0, 1.5)))
    for n in range(chance.choice((0, 0, 1, 2))):
        yield "save", (f"saving-{n}", _wallet(chance), chance.randint(1, 20), round(chance.uniform(0.0, 3.0), 2))
    for _ in range(chance.choice((0, 1, 3))):
        yield "again", (chance.randrange(20),)
    if chance.random() < 0.1:
        yield "poison", (_wallet(chance), chance.choice(("rule", "database")))
    if chance.random() < 0.04:
        yield "fatal", ("order-x",)


def _wallet(chance: Random) -> str:
    return chance.choice(("ann", "bob"))


def _while(chance: Random) -> float:
    """Seconds: mostly a moment, now and then longer than any lease or patience."""
    return round(chance.uniform(0.1, 2.5) if chance.random() < 0.85 else chance.uniform(6.0, 14.0), 2)


def _domain(chance: Random) -> str:
    return chance.choice(EVERYBODY)


def _doom(point: str, hits: int) -> tuple[str, int]:
    """Few timers ring in a schedule, so one of the first is meant."""
    return point, 1 + hits % 2 if point == "timer.ringing" else hits


FAULTS: dict[str, Callable[[Random], tuple[Any, ...]]] = {
    "kill": lambda c: (c.randrange(5), round(c.uniform(0.1, 3.0), 2)),
    "pause": lambda c: (c.randrange(5), _while(c)),
    "retire": lambda c: (c.randrange(5),),
    "doom": lambda c: _doom(c.choice(POINTS), c.randint(1, 12)),
    "cut_database": lambda c: (_domain(c), c.random() < 0.3),
    "doubt": lambda c: (_domain(c), c.choice(DOUBTS), c.randint(1, 3)),
    "error": lambda c: (_domain(c), c.choice(ERRORS), c.randint(1, 2)),
    "database_down": lambda c: (_domain(c), _while(c)),
    "broker_down": lambda c: (_while(c),),
    "cut_in_flight": lambda c: (c.randint(1, 4),),
    "cut_publisher": lambda c: (c.randrange(8),),
    "close_consumer": lambda c: (c.randrange(8),),
    "silence": lambda c: (_while(c),),
    "refuse": lambda c: (c.choice(QUEUES), _while(c)),
    "unbind": lambda c: (c.choice((*COMMANDS, w.Note.topic, w.Note.topic)), _while(c)),
}


def far() -> float:
    """A moment that never comes, as a timestamp."""
    return BEGAN.timestamp() + 10_000_000
