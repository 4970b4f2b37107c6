"""Measure throughput and latency on this machine."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

PANEL = "Develop"
app = typer.Typer()


class Fault(StrEnum):
    NONE, KILL, FREEZE = "none", "kill", "freeze"


@app.command()
def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="hop peers relay latency accept order query start (all when none), steady.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each figure, and no table.")] = False,
    minutes: Annotated[float, typer.Option("--minutes", help="steady: how long; at most 60.")] = 10,
    rates: Annotated[
        str, typer.Option("--rates", metavar="KIND=N,…", help="steady: requests a second, such as order=30,stock=0.")
    ] = "",
    fault: Annotated[Fault, typer.Option("--fault", help="steady: what happens to a worker in the middle.")] = Fault.NONE,
    plot: Annotated[Path | None, typer.Option("--plot", help="steady: draw latency over time into this SVG.")] = None,
) -> None:
    """Run the benchmarks of the architecture's section 12 and show each figure beside its goal.

    They use private servers under HIKYAKU_HOME (or those of HIKYAKU_*_URL) with a namespace of their own, loopback only,
    and take about ten minutes in all. Nothing else should run on the machine meanwhile.

    Examples:
      [cyan]hikyaku bench hop order[/cyan]
      [cyan]hikyaku bench steady --minutes 2 --rates order=30 --fault kill[/cyan]
    """
    import uvloop
    from rich.console import Console
    from rich.table import Table

    from infra import services
    from infra.bench import Figure, changed, kernel, steady, system
    from infra.bench.peers.run import peers
    from infra.settings import settings

    known: dict[str, Callable[..., Awaitable[list[Figure]]]] = {
        "hop": kernel.hop, "peers": peers, "relay": kernel.relay, "latency": kernel.latency,
        "accept": system.accept, "order": system.order, "query": system.query, "start": system.start,
    }  # fmt: skip
    usual = list(known)
    try:
        known["steady"] = partial(steady.steady, steady.wished(minutes, rates, fault.value, plot))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if unknown := set(names or []) - known.keys():
        raise typer.BadParameter(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    console = Console(stderr=True)
    given = settings()
    if different := changed(given):
        console.print(f"[yellow]Not the shipped settings:[/yellow] {different}")
    table = Table("benchmark", "figure", "unit", "must", "aim", "met", "conditions")
    services.install(given, say=console.print)
    started = services.start(given, say=console.print)
    try:
        for name in names or usual:
            console.print(f"[bold]{name}[/bold]")
            figures: list[Figure] = uvloop.run(known[name](given, console.print))  # type: ignore[arg-type]
            for one in figures:
                if as_json:
                    print(json.dumps({**asdict(one), "met": one.met, "settings": different}, default=str), flush=True)
                met = {True: "yes", False: "[red]no[/red]", None: ""}[one.met]
                table.add_row(one.name, f"{one.value:,.1f}", one.unit, one.must, one.aim, met, one.conditions)
    finally:
        services.stop(given, started.names, say=console.print)
    if not as_json:
        Console().print(table)
