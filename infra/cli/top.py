"""See live what flows and what waits: queues, outboxes, parked messages, operations."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

PANEL = "Watch and mend"
app = typer.Typer(rich_markup_mode="rich")


@app.command()
def top(
    once: Annotated[bool, typer.Option("--once", help="One look as plain text, for a script or a report.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One look as JSON.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", "-a", help="Empty queues of questions, jobs and dead letters too.")
    ] = False,
    interval: Annotated[float, typer.Option("--interval", "-n", min=0.5, help="Seconds between two looks.")] = 2.0,
) -> None:
    """Like htop, for messages; Ctrl-C ends it.

    Per queue: ready, unacknowledged, age of the oldest (as its lane tells in its heartbeat, every 5 s), rates, and the time
    until it is empty at these rates. Per domain: outbox bundles not yet confirmed, parked and dead messages, timers. What is
    away is named below, and the rest is shown.

    Examples:
      [cyan]hikyaku top[/cyan]
      [cyan]hikyaku top --json | jq '.queues[] | select(.ready > 1000) | .name'[/cyan]
    """
    from rich.console import Console

    live = Console().is_terminal and not once and not as_json
    asyncio.run(_live(interval, everything) if live else _once(as_json, everything))


async def _once(as_json: bool, everything: bool) -> None:
    import json

    from rich.console import Console

    from infra.console.load import Observer
    from infra.console.place import here
    from infra.console.screen import draw

    async with Observer(here()) as observer:
        view = await observer.look()
        if any(one.ready + one.unacknowledged and one.consumers for one in view.queues):
            # The age of what waits comes with the next heartbeat.
            await asyncio.sleep(5.5)
            view = await observer.look()
    if as_json:
        print(json.dumps(view.as_json(), indent=2))
    else:
        Console(no_color=True, highlight=False, width=max(100, Console().width)).print(draw(view, everything=everything))


async def _live(interval: float, everything: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from infra.console.load import Observer, View
    from infra.console.place import here
    from infra.console.screen import draw

    before: View | None = None
    async with Observer(here()) as observer:
        with Live(console=Console(highlight=False), screen=True, auto_refresh=False) as screen:
            while True:
                view = await observer.look()
                screen.update(draw(view, before, everything=everything), refresh=True)
                before = view
                await asyncio.sleep(interval)
