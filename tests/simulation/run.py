"""One schedule from its seed to its verdict."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace

from infra.errors import where
from tests.simulation import evidence, tally
from tests.simulation.clock import VirtualLoop
from tests.simulation.hand import Hand
from tests.simulation.imitation import imitated
from tests.simulation.plan import LAYOUTS, Plan, Step, planned
from tests.simulation.world import World

PATIENCE = 150.0
"""Seconds of simulated time after the last fault until everything must have ended: a saga's last question is asked then."""
LOOK = 0.5


@dataclass(slots=True)
class Verdict:
    plan: Plan
    faults: dict[str, list[str]] = field(default_factory=dict)
    recovery: float = 0.0
    seconds: float = 0.0
    """Of simulated time, from the first process to the verdict."""
    counts: tally.Counts = field(default_factory=dict)
    trace: tuple[object, ...] = ()
    """The same for the same plan, whatever else is different."""

    @property
    def good(self) -> bool:
        return not self.faults

    def __str__(self) -> str:
        told = [f"{letter}: {line}" for letter, lines in self.faults.items() for line in lines]
        return "\n".join([*told, str(self.plan)])


class Stage:
    """A world from its first process to its verdict. Whoever opens one ends it, for the kernel stands in it meanwhile."""

    def __init__(self, seed: int, layout: str, *, loud: bool = False) -> None:
        self.seed, self.layout, self.steps = seed, layout, list[Step]()
        self.scene = ExitStack()
        self.loop = self.scene.enter_context(closing(VirtualLoop()))
        self.world = World(self.loop, seed)
        self.scene.enter_context(imitated(self.world, loud=loud))
        self._hand = Hand(self.world)
        for names in LAYOUTS[layout]:
            self.world.start(names)

    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def do(self, step: Step) -> None:
        """At its time, or now if that has passed."""
        if step.at > self.loop.now:
            self.wait(step.at - self.loop.now)
        self.steps.append(step)
        self._hand.do(step)

    def end(self) -> Verdict:
        """Let every fault end, heal the rest, wait until nothing is under way, and look what is left."""
        verdict = Verdict(Plan(self.seed, self.layout, tuple(self.steps)))
        with self.scene:
            self.wait(max(1.0, self._hand.until - self.loop.now))
            self.world.heal()
            healed, calm = self.loop.now, 0
            while calm < 2 and self.loop.now - healed < PATIENCE:
                self.wait(LOOK)
                calm = calm + 1 if self.world.calm else 0
            verdict.recovery = self.loop.now - healed
            if calm < 2:
                verdict.faults["R"] = [f"things are still under way {PATIENCE:.0f} s after the last fault"]
            in_order = not any(one.what == "refuse" for one in self.steps)
            verdict.faults |= evidence.check(self.world, numbered_in_order=in_order)
            verdict.seconds, verdict.counts = self.loop.now, tally.of_world(self.world, self.steps)
            told = sorted((group, *one) for group, counts in verdict.counts.items() for one in counts.items())
            verdict.trace = (self.loop.now, self.world.chance.random(), *told)
            self.loop.run_until_complete(self.world.end())
        return verdict


def simulate(plan: Plan, *, loud: bool = False) -> Verdict:
    """A simulation that breaks is a contradiction too; a loud one raises what broke it."""
    stage = Stage(plan.seed, plan.layout, loud=loud)
    with stage.scene:
        try:
            for step in plan.steps:
                stage.do(step)
            return stage.end()
        except Exception as error:
            if loud:
                raise
            return Verdict(plan, {"X": [f"the simulation broke: {type(error).__name__}: {error} ({where(error)})"]})


def of_seed(seed: int) -> Verdict:
    return simulate(planned(seed))


def smaller(plan: Plan) -> Plan:
    """The same contradiction with as few steps as can be found by leaving one out at a time."""
    letters = set(simulate(plan).faults)
    position = 0
    while position < len(plan.steps):
        without = replace(plan, steps=plan.steps[:position] + plan.steps[position + 1 :])
        if letters & set(simulate(without).faults):
            plan = without
        else:
            position += 1
    return plan
