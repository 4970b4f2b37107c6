"""C: the clocks of all processes step, and the database's does not. Debian's libfaketime turns them while they run."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from pathlib import Path

from tests.chaos.scenario import scenario
from tests.chaos.world import World

LIBRARY = Path("/usr/lib") / "x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
OFFSET = "offset"
"""A file in the scenario's folder; every process reads it whenever it asks for the time."""


def _turned(folder: Path) -> dict[str, str]:
    """The monotonic clock goes on as it is, as on a machine whose time is set."""
    (folder / OFFSET).write_text("+0\n")
    return {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(folder / OFFSET),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


async def _steps(world: World, *minutes: float) -> None:
    if not LIBRARY.exists():
        raise RuntimeError("libfaketime is missing: apt-get install libfaketime")
    offset = world.folder / OFFSET
    for step in minutes:
        offset.write_text(f"{timedelta(minutes=step).total_seconds():+.0f}\n")
        world.history.fault(f"clocks are {step:+g} minutes off")
        await asyncio.sleep(5)


@scenario("C1", "all clocks go 10 minutes fast, then 10 minutes slow", seconds=16, environment=_turned)
async def skew(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    await _steps(world, 10, -10, 0)


@scenario("C2", "all clocks step back by 2 s, again and again", seconds=24, environment=_turned)
async def backwards(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    await _steps(world, -2 / 60, -4 / 60, -6 / 60, 0)
