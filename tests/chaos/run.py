"""One scenario from its seed to its verdict, and many of them as a table."""

from __future__ import annotations

import asyncio
import json
import random
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.chaos import evidence
from tests.chaos.load import Load, plan
from tests.chaos.scenario import Scenario
from tests.chaos.world import World, opened

SERVERS = "servers"
SETTLED = 0.5
"""Seconds between two looks whether anything is still under way."""


@dataclass(slots=True)
class Verdict:
    """`lost` and `doubled` are contradictions of L and D; `recovery` is seconds from the fault's end until nothing waits."""

    row: str
    title: str
    seed: int
    accepted: int = 0
    refused: int = 0
    unknown: int = 0
    lost: int = 0
    doubled: int = 0
    recovery: float = 0.0
    deaths: int = 0
    faults: dict[str, list[str]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return not any(self.faults.values())


async def run(one: Scenario, seed: int, folder: Path) -> Verdict:
    """Raises RuntimeError when the shop does not start; everything else that goes wrong is in the verdict."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "deaths"
    log.unlink(missing_ok=True)
    extra = one.extra | one.environment(folder)
    if one.failpoint:
        extra |= {
            "HIKYAKU_FAILPOINT_LOG": str(log),
            "HIKYAKU_FAILPOINT_DEATHS": str(one.deaths),
            "HIKYAKU_FAILPOINT": one.failpoint,
        }
    verdict = Verdict(one.row, one.title, seed)
    async with opened(folder, folder.parent / SERVERS, seed, extra, one.mode) as world:
        await _under_load(one, seed, world, verdict, log)
        verdict.deaths = len(log.read_text().splitlines())
        if one.failpoint and verdict.deaths == 0:
            verdict.faults["run"] = [*verdict.faults.get("run", []), f"{one.failpoint} was never hit"]
    (folder / "verdict.json").write_text(json.dumps(asdict(verdict), ensure_ascii=False, indent=2))
    return verdict


async def _under_load(one: Scenario, seed: int, world: World, verdict: Verdict, deaths: Path) -> None:
    load = Load(world.shop, world.history)
    await load.open_the_shop()
    deaths.touch()  # From now on failpoints count.
    world.history.began = time.monotonic()
    load.stop_at = one.seconds + one.recovery
    chance = random.Random(zlib.crc32(f"{one.row} {seed}".encode()))
    running = asyncio.create_task(load.run(plan(seed, one.rate, one.seconds)))
    try:
        await one.fault(world, chance)
    except Exception as error:
        verdict.faults["run"] = [f"the fault itself failed: {type(error).__name__}: {error}"]
    healed = max(world.history.now, one.seconds)
    await running
    verdict.recovery = await _drained(world, healed, one.recovery)
    history = world.history
    verdict.accepted = len(history.accepted())
    verdict.refused = sum(asked.outcome == "fail" for asked in history)
    verdict.unknown = sum(asked.outcome == "info" for asked in history)
    if verdict.recovery > one.recovery:
        left = await evidence.unfinished(world.shop)
        verdict.faults["R"] = [f"{count} {name} still under way after {one.recovery:.0f} s" for name, count in left.items()]
    found = await evidence.check(world.shop, history)
    verdict.lost, verdict.doubled = len(found["L"]), len(found["D"])
    verdict.faults |= {letter: told for letter, told in found.items() if told}


async def _drained(world: World, healed: float, patience: float) -> float:
    """Seconds since the healing until nothing is under way; a little more than `patience` when it does not end."""
    while True:
        try:
            left = await evidence.unfinished(world.shop)
        except OSError:
            left = {"databases": 1}
        since = world.history.now - healed
        if not left or since > patience:
            return max(0.0, round(since, 1))
        await asyncio.sleep(SETTLED)


async def run_all(chosen: Sequence[Scenario], seed: int, folder: Path, say: Callable[[Verdict, float], None]) -> list[Verdict]:
    """One after the other, each in a shop of its own."""
    verdicts = []
    for one in chosen:
        began = time.monotonic()
        try:
            verdict = await run(one, seed, folder / one.row)
        except (RuntimeError, TimeoutError, OSError) as error:
            verdict = Verdict(one.row, one.title, seed, faults={"run": [f"{type(error).__name__}: {str(error)[-400:]}"]})
        say(verdict, time.monotonic() - began)
        verdicts.append(verdict)
    return verdicts
