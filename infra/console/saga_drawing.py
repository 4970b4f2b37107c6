"""A saga as a list that can be read aloud."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from infra.clock import utcnow
from infra.console.words import ago, console

MARKS = {
    "waiting": "[dim]·[/dim]", "running": "[yellow]▶[/yellow]", "done": "[green]✔[/green]", "failed": "[red]✘[/red]",
    "compensated": "[cyan]↩[/cyan]", "skipped": "[dim]–[/dim]",
}  # fmt: skip
COLOURS = {"stuck": "bold red", "compensating": "yellow", "running": "yellow", "completed": "green", "compensated": "cyan"}


def table(found: Sequence[dict[str, Any]], heading: str) -> None:
    """The heading ends with the name of the field that tells them apart."""
    about = heading.rpartition(" ")[2]
    shown = Table(box=None, pad_edge=False)
    for column in (heading, "state", "steps", "at", "since", "reason"):
        shown.add_column(column, no_wrap=column not in ("at", "reason"))
    for saga in found:
        marks = " ".join(MARKS[step["status"]] for step in saga["steps"])
        state = f"[{COLOURS[saga['state']]}]{saga['state']}[/]"
        shown.add_row(saga[about], state, marks, saga["step"], ago(_age(_latest(saga))), saga["reason"])
    console().print(shown)


def draw(saga: dict[str, Any], about: str) -> None:
    say = Console(highlight=False, soft_wrap=True).print
    say(f"[bold]{saga[about]}[/bold]  [{COLOURS[saga['state']]}]{saga['state']}[/]  (definition {saga['version']})")
    if saga["reason"]:
        say(f"  reason     {saga['reason']}")
    if saga["deadline"]:
        say(f"  waits for  {saga['step']}, until {_clock(saga['deadline'])} UTC, {saga['attempts']} deadlines passed in vain")
    say("\nsteps")
    for step in saga["steps"]:
        note = f"  {step['reason']}" if step["reason"] else ""
        say(f"  {MARKS[step['status']]} {step['name']:<20} {step['status']:<12} {_clock(step['at'])}{note}")
    say(f"\n{_next(saga)}")
    say("\nhistory, in UTC")
    for entry in saga["history"]:
        note = f"  {entry['reason']}" if entry["reason"] else ""
        say(f"  {_clock(entry['at'])}  {entry['step']:<20} {entry['what']}{note}", markup=False)


def _next(saga: dict[str, Any]) -> str:
    remaining = [step["name"] for step in saga["steps"] if step["status"] in ("waiting", "running")]
    done = [step["name"] for step in saga["steps"] if step["status"] == "done"]
    match saga["state"]:
        case "running":
            return f"still to come: {', '.join(remaining)}"
        case "compensating":
            return f"being undone, last first: {', '.join([saga['step'], *reversed(done)])}"
        case "compensated":
            undone = [step["name"] for step in saga["steps"] if step["status"] == "compensated"]
            return f"everything is undone: {', '.join(undone) or 'nothing had to be'}"
        case "stuck":
            return f"stuck at {saga['step']}: `hikyaku sagas retry`, `compensate` or `skip` it; done so far: {', '.join(done)}"
    return "nothing is left to do"


def _latest(saga: dict[str, Any]) -> str | None:
    times = [one["at"] for one in (*saga["steps"], *saga["history"]) if one["at"]]
    return max(times, default=None)


def _age(at: str | None) -> float | None:
    return max(0.0, (utcnow() - datetime.fromisoformat(at)).total_seconds()) if at else None


def _clock(at: str | None) -> str:
    if not at:
        return " " * 12
    moment = datetime.fromisoformat(at)
    return f"{moment:%H:%M:%S.%f}"[:12] if moment.date() == utcnow().date() else f"{moment:%m-%d %H:%M}"
