"""Measure throughput and latency on this machine."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

PANEL = "Develop"
app = typer.Typer()


@app.command()
def bench(
    names: Annotated[list[str] | None, typer.Argument(help="hop relay latency accept order query start; all when none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON alone.")] = False,
) -> None:
    """Run the benchmarks of the architecture's section 12 and show each figure beside its goal.

    They use private servers under HIKYAKU_HOME (or those of HIKYAKU_*_URL) with a namespace of their own, loopback only,
    and take about five minutes in all. Nothing else should run on the machine meanwhile.
    """
    import uvloop
    from rich.console import Console
    from rich.table import Table

    from infra.bench import Figure, kernel, system
    from infra.settings import settings

    known: dict[str, Callable[..., Awaitable[list[Figure]]]] = {
        "hop": kernel.hop, "relay": kernel.relay, "latency": kernel.latency,
        "accept": system.accept, "order": system.order, "query": system.query, "start": system.start,
    }  # fmt: skip
    if unknown := set(names or []) - known.keys():
        raise typer.BadParameter(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    console = Console(stderr=True)
    table = Table("benchmark", "figure", "unit", "must", "aim", "conditions")
    found: list[dict[str, Any]] = []
    for name in names or list(known):
        console.print(f"[bold]{name}[/bold]")
        figures: list[Figure] = uvloop.run(known[name](settings(), console.print))  # type: ignore[arg-type]
        for one in figures:
            table.add_row(one.name, f"{one.value:,.1f}", one.unit, one.must, one.aim, one.conditions)
            found.append({field: getattr(one, field) for field in Figure.__slots__})
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        Console().print(table)
