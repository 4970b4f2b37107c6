"""Kill a worker, stop the broker, cut the database or freeze a lane of the running `hikyaku up`, which heals it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from infra.faults import Wish

PANEL = "Use"
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""Cause one fault in the running `hikyaku up`, and wait until it has healed by itself.

    [cyan]kill[/cyan]    a worker process gets SIGKILL
    [cyan]stop[/cyan]    RabbitMQ is killed, and started again
    [cyan]cut[/cyan]     PostgreSQL ends at once, every session with it, and is started again
    [cyan]freeze[/cyan]  a worker process and its lanes stand still

    One at a time, in development only, and only in what `hikyaku up` started itself: servers named by HIKYAKU_*_URL are
    never touched. Watch what it does to orders at /demo or with [cyan]hikyaku top[/cyan].
    Exit code 1 when it is refused or does not heal.
    """,
)

Worker = Annotated[str, typer.Argument(metavar="[WORKER]", help="A worker process by name, as `hikyaku up` says it; else any.")]
Seconds = Annotated[float | None, typer.Option("--seconds", "-s", min=0, max=30, help="How long, before it begins to heal.")]


@app.command()
def kill(worker: Worker = "") -> int:
    """Kill a worker (SIGKILL); it is started again after half a second.

    Examples:
      [cyan]hikyaku fault kill[/cyan]
      [cyan]hikyaku fault kill order[/cyan]    after [cyan]hikyaku up --split[/cyan], which gives each domain a process
    """
    return _cause("kill", worker)


@app.command()
def stop(seconds: Seconds = None) -> int:
    """Stop the broker for 5 s. Orders are accepted on, and decided when it is back.

    Example: [cyan]hikyaku fault stop --seconds 20[/cyan]
    """
    return _cause("stop", seconds=seconds)


@app.command()
def cut(seconds: Seconds = None) -> int:
    """Cut the database for 4 s. Whoever orders is told to come again; what was accepted is kept.

    Example: [cyan]hikyaku fault cut[/cyan]
    """
    return _cause("cut", seconds=seconds)


@app.command()
def freeze(worker: Worker = "", seconds: Seconds = None) -> int:
    """Freeze a worker and its lanes for 10 s (SIGSTOP): it holds its connections and says nothing.

    Examples:
      [cyan]hikyaku fault freeze[/cyan]
      [cyan]hikyaku fault freeze payment --seconds 20[/cyan]    after [cyan]hikyaku up --split[/cyan]
    """
    return _cause("freeze", worker, seconds)


def _cause(name: str, worker: str = "", seconds: float | None = None) -> int:
    import sys

    from infra.faults import Refused, Wish
    from infra.settings import settings

    wish = Wish.model_validate({"fault": name, "worker": worker, "seconds": seconds})
    try:
        return asyncio.run(_healed(settings().folder, wish))
    except Refused as refused:
        print(f"{refused.detail} ({refused.reason})", file=sys.stderr)
        return 1


async def _healed(home: Path, wish: Wish) -> int:
    import sys
    import time

    from infra.faults import ask

    start = time.monotonic()
    began = await ask(home, wish)
    print(f"{began['fault']} {began['target']} …", flush=True)
    while True:
        await asyncio.sleep(0.3)
        now = next(one for one in (await ask(home))["recent"] if one["began"] == began["began"])
        if now["healed"]:
            print(f"Healed after {time.monotonic() - start:.1f} s.")
            return 0
        if "error" in now:
            print(f"It did not heal: {now['error']}", file=sys.stderr)
            return 1
