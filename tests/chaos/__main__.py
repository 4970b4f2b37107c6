"""`make chaos A="B1 D4 --seed 7"`: some rows of the fault matrix, or all of them."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra import services
from infra.settings import Settings
from tests.chaos import faults
from tests.chaos.run import SERVERS, Verdict, run_all
from tests.chaos.scenario import SCENARIOS

console = Console()


def main(
    rows: Annotated[list[str] | None, typer.Argument(help="Rows of the matrix, such as B1 D4; without any: all of them.")] = None,
    seed: Annotated[int, typer.Option(help="Decides the load and the moments of the faults; a run is repeated with it.")] = 1,
    rate: Annotated[
        float, typer.Option(min=0, max=1_000, help="Arrivals a second instead of each row's own (0); an order is nine messages.")
    ] = 0,
    folder: Annotated[Path, typer.Option(help="Servers, histories and verdicts.")] = Path(".local/chaos"),
    listing: Annotated[bool, typer.Option("--list", help="Show the rows, and those left out with the reason.")] = False,
) -> None:
    """Hurt a shop under load and check that nothing accepted is lost or doubled. Private servers, loopback only."""
    if listing:
        for one in SCENARIOS.values():
            console.print(f"{one.row:5} {one.title}")
        for row, reason in faults.LEFT_OUT.items():
            console.print(f"{row:5} [dim]left out: {reason}[/dim]")
        return
    if unknown := [row for row in rows or () if row not in SCENARIOS]:
        raise typer.BadParameter(f"{', '.join(unknown)}: no such row; --list shows them", param_hint="ROWS")
    chosen = [SCENARIOS[row] for row in rows] if rows else list(SCENARIOS.values())
    if rate:
        chosen = [replace(one, rate=rate) for one in chosen]
    # Asked to stop, it takes its shop and its servers down first.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    servers = Settings(home=folder.absolute() / SERVERS)
    services.install(servers, say=print)
    began = time.monotonic()
    try:
        verdicts = asyncio.run(run_all(chosen, seed, folder.absolute(), _say))
    finally:
        services.stop(servers, say=lambda _: None)
    (folder / "table.md").write_text(_markdown(verdicts))
    console.print(_table(verdicts, seed, time.monotonic() - began))
    raise typer.Exit(0 if all(one.good for one in verdicts) else 1)


def _say(verdict: Verdict, seconds: float) -> None:
    colour = "green" if verdict.good else "red"
    console.print(f"[{colour}]{verdict.row:5}[/] {verdict.title} [dim]({seconds:.0f} s)[/dim]")
    for letter, told in verdict.faults.items():
        for line in told[:8]:
            console.print(f"      {letter}: {line}", style="red", markup=False)
    if not verdict.good:
        console.print(f'      again: make chaos A="{verdict.row} --seed {verdict.seed}"', markup=False)


def _table(verdicts: list[Verdict], seed: int, seconds: float) -> Table:
    table = Table(title=f"Faults, seed {seed}, {seconds:.0f} s")
    for name in ("row", "accepted", "refused", "unknown", "lost", "doubled", "deaths", "recovery", "verdict"):
        table.add_column(name, justify="left" if name in ("row", "verdict") else "right")
    for one in verdicts:
        counts = (one.accepted, one.refused, one.unknown, one.lost, one.doubled, one.deaths)
        table.add_row(one.row, *map(str, counts), f"{one.recovery:.1f} s", "good" if one.good else ", ".join(one.faults))
    return table


def _markdown(verdicts: list[Verdict]) -> str:
    """The table of docs/chaos.md, as measured."""
    rows = ["| row | what happens | accepted | lost | doubled | deaths | recovery | verdict |", "| --- " * 8 + "|"]
    for one in verdicts:
        verdict = "good" if one.good else ", ".join(one.faults)
        counts = f"{one.accepted} | {one.lost} | {one.doubled} | {one.deaths} | {one.recovery:.1f} s"
        rows.append(f"| {one.row} | {one.title} | {counts} | {verdict} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    program = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    program.command()(main)
    program()
