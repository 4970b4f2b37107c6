"""`make simulate SCHEDULES=10000 SEED=1`: so many schedules of the real kernel, each from a seed of its own."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from tests.simulation.many import observed, verdicts
from tests.simulation.mutants import MUTANTS, first_caught
from tests.simulation.run import Verdict, smaller
from tests.simulation.tally import Tally

SHOWN = 5
"""Contradictions are shown with their steps up to so many; of the others only the seed is told."""
ENOUGH = 10_000
"""Schedules after which everything must have come about."""
STOPPED = 130

console = Console(soft_wrap=True)


def main(
    schedules: Annotated[int, typer.Option(min=1, help="How many; the n-th has the seed SEED + n - 1.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Of the first schedule. One schedule is repeated with its own seed.")] = 1,
    first: Annotated[int, typer.Option("--from", min=1, help="Goes on with this one, after those before it were run.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work.")] = os.cpu_count() or 1,
    loud: Annotated[bool, typer.Option("--loud", help="Show what the kernel logs; for one schedule.")] = False,
    mutants: Annotated[bool, typer.Option("--mutants", help="Look for the first schedule that catches each mutant.")] = False,
) -> None:
    """Run the real kernel on an imitated broker, database and clock, and check what is left of what was asked.

    A schedule that leaves a contradiction is shown with its seed and with the fewest steps that still lead to it, and
    the exit code is 1. The same seed does the same thing on every machine. Whoever stops it is told how to go on.
    """
    if mutants:
        raise typer.Exit(0 if _mutants(seed, schedules) else 1)
    if first > schedules:
        raise typer.BadParameter(f"{first} is beyond the last of {schedules}", param_hint="--from")
    seeds = range(seed + first - 1, seed + schedules)
    began, tally, bad, stopped = time.monotonic(), Tally(), list[Verdict](), False
    try:
        with closing(verdicts(seeds, workers, loud=loud)) as found:
            for verdict in observed(found, len(seeds), console):
                tally.add(verdict)
                if not verdict.good:
                    bad.append(verdict)
                    _show(verdict, small=len(bad) <= SHOWN)
    except KeyboardInterrupt:
        stopped = True
    took = f"{time.monotonic() - began:.0f} s, {sum(os.times()[:4]):.0f} s of CPU"
    _sum_up(tally, bad, f"seed {seeds[0]}, {workers} workers, {took}")
    if stopped:
        left = f'make simulate SCHEDULES={schedules} SEED={seed} A="--from {first + tally.schedules}"'
        console.print(f"stopped after number {first + tally.schedules - 1:,} of {schedules:,}; on with: {left}", markup=False)
        raise typer.Exit(STOPPED)
    raise typer.Exit(1 if bad or (tally.missed and len(seeds) >= ENOUGH) else 0)


def _sum_up(tally: Tally, bad: list[Verdict], how: str) -> None:
    console.print(f"{tally.schedules:,} schedules from {how}: {len(bad)} with a contradiction", highlight=False)
    for line in tally.lines():
        console.print(f"  {line}", highlight=False)
    if tally.missed:
        console.print(f"  [yellow]never came about: {'; '.join(tally.missed)}[/yellow]", highlight=False)


def _show(verdict: Verdict, *, small: bool) -> None:
    seed = verdict.plan.seed
    console.print(f"\n[red]seed {seed}[/red]")
    for letter, lines in verdict.faults.items():
        for line in lines[:5]:
            console.print(f"  {letter}: {line}", style="red", markup=False)
    if small:
        console.print(str(smaller(verdict.plan)), markup=False, highlight=False)
    console.print(f'again: make simulate SCHEDULES=1 SEED={seed} A="--loud"', markup=False)


def _mutants(seed: int, most: int) -> bool:
    table = Table("mutant", "caught by seed", "schedules", "as", title=f"Mutants, from seed {seed}, at most {most} each")
    caught = True
    for name in MUTANTS:
        found = first_caught(name, range(seed, seed + most))
        if found is None:
            caught = False
            table.add_row(name, "-", "-", "never")
        else:
            at = found.plan.seed
            table.add_row(name, str(at), str(at - seed + 1), ", ".join(found.faults))
    console.print(table)
    return caught


program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
program.command()(main)

if __name__ == "__main__":
    # Asked to stop, it sums up what it has.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    program()
