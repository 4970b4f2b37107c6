"""What schedules did, counted: so that a run says what it reached, and above all what it did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from tests.simulation.plan import DOUBTS, FAULTS, POINTS, Step

if TYPE_CHECKING:
    from tests.simulation.run import Verdict
    from tests.simulation.world import World

Counts: TypeAlias = Mapping[str, Counter[str]]
"""By group."""

ASKED = ("order", "deposit", "save", "again", "poison", "fatal")
STATES = (
    "messages settled", "commits", "sagas completed", "sagas compensated", "timers rung",
    "parked, waiting", "parked, behind", "parked, dead", "suspects", "copies met",
    "processes died", "lanes taken from another", "fenced", "bundles adopted with their lane", "bundles adopted from the dead",
    *(f"commits unanswered, {one}" for one in DOUBTS), "waits for a row", "waits given up", "idle transactions ended",
    "deliveries", "deliveries by the long way", "letters redelivered", "letters returned", "letters refused",
)  # fmt: skip
WANTED: Mapping[str, Iterable[str]] = {
    "asked": ASKED, "faults": tuple(FAULTS), "failpoints reached": POINTS, "died at": POINTS, "states reached": STATES,
}  # fmt: skip
"""Each of them comes about in every run of some thousand schedules, or the schedules do not test what they are said to."""


def of_world(world: World, steps: Iterable[Step]) -> Counts:
    done, broker = Counter(one.what for one in steps), world.broker
    states = Counter({"processes died": world.deaths, "letters redelivered": broker.redelivered})
    states.update({"letters returned": broker.returned, "letters refused": broker.refused})
    states.update({"deliveries": broker.deliveries, "deliveries by the long way": broker.long_ways})
    for server in world.servers.values():
        states.update(server.tables.met)
        states.update({"messages settled": len(server.tables.rows["inbox"]), "commits": server.tables.commits})
    states.update(f"sagas {row['state']}" for row in world.servers["stall"].tables.rows["purchase"].values())
    return {
        "asked": Counter({name: done[name] for name in ASKED}),
        "faults": Counter({name: done[name] for name in FAULTS}),
        "failpoints reached": world.points,
        "died at": world.died,
        "states reached": states,
    }


class Tally:
    """Of many schedules together."""

    def __init__(self) -> None:
        self.schedules, self.seconds = 0, 0.0
        self.counts = {group: Counter[str]() for group in WANTED}

    def add(self, verdict: Verdict) -> None:
        self.schedules += 1
        self.seconds += verdict.seconds
        for group, counts in verdict.counts.items():
            self.counts[group].update(counts)

    @property
    def missed(self) -> list[str]:
        return [f"{group}: {name}" for group, names in WANTED.items() for name in names if not self.counts[group][name]]

    def lines(self) -> Iterator[str]:
        steps = self.counts["asked"].total() + self.counts["faults"].total()
        yield f"{steps:,} steps in {self.seconds:,.0f} simulated seconds"
        for group, names in WANTED.items():
            counts = self.counts[group]
            yield f"{group}: " + "; ".join(f"{name} {counts[name]:,}" for name in names)
