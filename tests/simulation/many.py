"""Many schedules on several processes, with word of how far they are."""

from __future__ import annotations

import gc
import multiprocessing
import signal
import time
from collections.abc import Generator, Iterable, Iterator

from rich.console import Console

from tests.simulation.plan import planned
from tests.simulation.run import Verdict, of_seed, simulate

IN_A_FILE, ON_A_SCREEN = 30.0, 1.0
"""Seconds between two words of how far it is."""


def verdicts(seeds: range, workers: int, *, loud: bool = False) -> Generator[Verdict, None, None]:
    """In the order of the seeds: whoever stops after some knows which is the next."""
    if workers == 1 or len(seeds) == 1:
        _calm()
        yield from (simulate(planned(one), loud=loud) for one in seeds)
        return
    pool = multiprocessing.get_context("spawn").Pool(workers, _calm_and_deaf)
    try:
        yield from pool.imap(of_seed, seeds, chunksize=20)
    finally:
        pool.terminate()
        pool.join()


def _calm() -> None:
    """What one schedule makes is gone with it, so the collector need not look for it every 700 objects."""
    gc.set_threshold(50_000)


def _calm_and_deaf() -> None:
    """Ctrl-C is for the process that counts: it ends the others."""
    _calm()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def observed(found: Iterable[Verdict], total: int, console: Console) -> Iterator[Verdict]:
    """The same, and every now and then a line: how many are done, how many a second, how long the rest takes."""
    screen = console.is_terminal
    began = said = time.monotonic()
    for done, verdict in enumerate(found, 1):
        yield verdict
        now = time.monotonic()
        if now - said >= (ON_A_SCREEN if screen else IN_A_FILE):
            said = now
            rate = done / (now - began)
            left = (total - done) / rate
            line = f"{done:,} of {total:,} schedules, {rate:.1f} a second, {left // 60:.0f} min {left % 60:02.0f} s left"
            console.print(line.ljust(72), end="\r" if screen else "\n", highlight=False)
