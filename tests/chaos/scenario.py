"""A row of the fault matrix: what is done to the shop while it is under load, and what is expected besides the checkers."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from tests.chaos.world import World
from tests.journeys.shop import ONE

Fault: TypeAlias = Callable[[World, random.Random], Awaitable[None]]
"""Hurts and heals again before it returns. Begins with the load."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`row` is that of reliability.md 1.6. `rate` arrivals a second for `seconds`; `recovery` seconds from the fault's end.

    `extra` is added to the shop's environment, and what `environment` makes of the scenario's folder.
    With a `failpoint` the processes die there `deaths` times; a run in which that did not happen has failed.
    """

    row: str
    title: str
    fault: Fault
    rate: float = 12.0
    seconds: float = 12.0
    recovery: float = 60.0
    failpoint: str = ""
    deaths: int = 0
    mode: str = ONE
    extra: dict[str, str] = field(default_factory=dict)
    environment: Callable[[Path], dict[str, str]] = lambda _: {}


SCENARIOS: dict[str, Scenario] = {}


def scenario(row: str, title: str, **more: object) -> Callable[[Fault], Fault]:
    """Enters a fault into the matrix under its row."""

    def enter(fault: Fault) -> Fault:
        SCENARIOS[row] = Scenario(row, title, fault, **more)  # type: ignore[arg-type]
        return fault

    return enter
