"""Measure throughput and latency on this machine."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated

import typer

PANEL = "Develop"
app = typer.Typer()


@app.command()
def bench(
    names: Annotated[
        list[str] | None, typer.Argument(help="hop peers relay latency accept order query start; all when none.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each figure, and no table.")] = False,
) -> None:
    """Run the benchmarks of the architecture's section 12 and show each figure beside its goal.

    They use private servers under HIKYAKU_HOME (or those of HIKYAKU_*_URL) with a namespace of their own, loopback only,
    and take about ten minutes in all. Nothing else should run on the machine meanwhile.
    """
    import uvloop
    from rich.console import Console
    from rich.table import Table

    from infra import services
    from infra.bench import Figure, changed, kernel, system
    from infra.bench.peers.run import peers
    from infra.settings import settings

    known: dict[str, Callable[..., Awaitable[list[Figure]]]] = {
        "hop": kernel.hop, "peers": peers, "relay": kernel.relay, "latency": kernel.latency,
        "accept": system.accept, "order": system.order, "query": system.query, "start": system.start,
    }  # fmt: skip
    if unknown := set(names or []) - known.keys():
        raise typer.BadParameter(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    console = Console(stderr=True)
    given = settings()
    if different := changed(given):
        console.print(f"[yellow]Not the shipped settings:[/yellow] {different}")
    table = Table("benchmark", "figure", "unit", "must", "aim", "met", "conditions")
    started = services.start(given, say=console.print)
    try:
        for name in names or list(known):
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
