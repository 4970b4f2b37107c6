"""The live view: a picture that renews itself on a terminal, a line now and then where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from infra.demo.tally import Tally, percentile

EVERY = 0.25
LINE_EVERY = 2.0
RECENT = 1000
"""The latencies shown are those of the latest so many orders."""


@asynccontextmanager
async def shown(tally: Tally, console: Console) -> AsyncIterator[None]:
    """Show the tally for as long as the block lasts."""
    task = asyncio.create_task(_picture(tally, console) if console.is_terminal else _lines(tally))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def line(tally: Tally) -> str:
    """Everything in one line, for logs and pipes."""
    parts = [
        f"placed {tally.placed:,} of {tally.total:,}",
        f"confirmed {tally.confirmed:,}",
        f"refused {tally.refused.total():,}" + (f" ({named(tally.refused)})" if tally.refused else ""),
        f"{tally.rate_now:.0f} orders/s",
        latency(tally),
        f"waiting {sum(tally.queues.values()):,}",
    ]
    return "  ".join(parts)


def latency(tally: Tally, recent: int = RECENT) -> str:
    latest = tally.latencies[-recent:]
    return f"p50 {percentile(latest, 50) * 1000:.0f} ms  p95 {percentile(latest, 95) * 1000:.0f} ms"


def named(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])))


async def _lines(tally: Tally) -> None:
    while True:
        await asyncio.sleep(LINE_EVERY)
        print(line(tally), flush=True)


async def _picture(tally: Tally, console: Console) -> None:
    with Live(picture(tally), console=console, auto_refresh=False, transient=True) as live:
        while True:
            await asyncio.sleep(EVERY)
            live.update(picture(tally), refresh=True)


def picture(tally: Tally) -> RenderableType:
    figures = Table.grid(padding=(0, 3))
    figures.add_row(
        f"[b]{tally.placed:,}[/] placed",
        f"[b green]{tally.confirmed:,}[/] confirmed",
        f"[b red]{tally.refused.total():,}[/] refused",
        f"[b]{tally.rate_now:.0f}[/] orders/s",
        latency(tally),
    )
    details = Table.grid(padding=(0, 2))
    details.add_row("refused", named(tally.refused) or "none")
    details.add_row("queues", _queues(tally.queues))
    return Group(Text(), figures, ProgressBar(total=max(tally.total, 1), completed=tally.decided), details)


def _queues(depths: Mapping[str, int]) -> str:
    if not depths:
        return "[dim]unknown just now[/]"
    return "  ".join(f"{name} [b]{depth:,}[/]" if depth else f"[dim]{name} 0[/]" for name, depth in sorted(depths.items()))
