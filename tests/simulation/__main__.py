"""`make simulate SCHEDULES=10000 SEED=1`: so many schedules of the real kernel, each from a seed of its own."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.simulation.mutants import MUTANTS, first_caught
from tests.simulation.plan import planned
from tests.simulation.run import Verdict, of_seed, simulate, smaller

console = Console()


def main(
    schedules: Annotated[int, typer.Option(min=1, help="How many; each has the seed after the one before it.")] = 1_000,
    seed: Annotated[int, typer.Option(help="Of the first schedule. One schedule is repeated with its own seed.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work.")] = os.cpu_count() or 1,
    loud: Annotated[bool, typer.Option("--loud", help="Show what the kernel logs; for one schedule.")] = False,
    mutants: Annotated[bool, typer.Option("--mutants", help="Look for the first schedule that catches each mutant.")] = False,
) -> None:
    """Run the real kernel on an imitated broker, database and clock, and check what is left of what was asked.

    A schedule that leaves a contradiction is shown with its seed and with the fewest steps that still lead to it, and
    the exit code is 1. The same seed does the same thing on every machine.
    """
    if mutants:
        raise typer.Exit(0 if _mutants(seed, schedules) else 1)
    began, total, bad, done = time.monotonic(), Counter[str](), list[Verdict](), 0
    try:
        for verdict in _progress(_verdicts(seed, schedules, workers, loud), schedules):
            done += 1
            total.update(verdict.counts)
            if not verdict.good:
                bad.append(verdict)
                if len(bad) <= 5:
                    _show(verdict)
    except KeyboardInterrupt:
        console.print(f"Stopped after {done:,} of {schedules:,}.")
    took = f"{workers} workers, {time.monotonic() - began:.0f} s"
    console.print(f"{done:,} schedules from seed {seed}, {took}: {len(bad)} with a contradiction")
    console.print(", ".join(f"{count:,} {what}" for what, count in total.items()), soft_wrap=True)
    raise typer.Exit(1 if bad else 0)


def _verdicts(seed: int, schedules: int, workers: int, loud: bool) -> Iterator[Verdict]:
    seeds = range(seed, seed + schedules)
    if workers == 1 or schedules == 1:
        yield from (simulate(planned(one), loud=loud) for one in seeds)
        return
    # What one schedule makes is gone with it, so the collector need not look for it every 700 objects.
    with multiprocessing.get_context("spawn").Pool(workers, gc.set_threshold, (50_000,)) as pool:
        yield from pool.imap_unordered(of_seed, seeds, chunksize=20)


def _progress(verdicts: Iterator[Verdict], schedules: int) -> Iterator[Verdict]:
    columns = (TextColumn("schedules"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("schedules", total=schedules)
        for one in verdicts:
            yield one
            progress.advance(task)


def _show(verdict: Verdict) -> None:
    seed = verdict.plan.seed
    console.print(f"\n[red]seed {seed}[/red]")
    for letter, told in verdict.faults.items():
        for line in told[:5]:
            console.print(f"  {letter}: {line}", style="red", markup=False)
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


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    program()
