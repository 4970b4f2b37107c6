"""See and set how orders go on when a participant is away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from infra.console.http import Edge

PANEL = "Watch and mend"
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""See and set how orders go on when a participant is away.

    With a breaker [cyan]open[/cyan] an order takes the declared alternative (pay later, manual shipping, no stock check).
    [cyan]off[/cyan] never does, [cyan]operator[/cyan] only when you open it here, [cyan]automatic[/cyan] also by itself.
    """,
)


@app.command()
def show(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Every participant with its mode, its breaker, what it degrades to and its last heartbeat.

    Example: [cyan]hikyaku modes show[/cyan]
    """
    import json
    from datetime import datetime

    from rich.table import Table

    from infra.clock import utcnow
    from infra.console.words import ago, console

    edge, token = _edge()
    found = _modes(edge, token)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("participant", "mode", "breaker", "degrades to", "last heartbeat"):
        table.add_column(column, no_wrap=True)
    for one in found:
        beat = one["last_beat"]
        age = ago((utcnow() - datetime.fromisoformat(beat)).total_seconds()) + " ago" if beat else "never"
        colour = {"closed": "green", "open": "red", "half_open": "yellow"}[one["state"]]
        table.add_row(one["participant"], one["mode"], f"[{colour}]{one['state']}[/]", one["degrades_to"], age)
    console().print(table)


@app.command("set")
def set_(
    participant: Annotated[str, typer.Argument(help="inventory, payment or shipping.")],
    mode: Annotated[str, typer.Option("--mode", "-m", help="off, operator or automatic.")],
    opened: Annotated[bool, typer.Option("--open/--closed", help="Whether orders take the alternative from now on.")] = False,
) -> int:
    """Set mode and breaker, and wait until it counts. Exit code 1 when it does not.

    Examples:
      [cyan]hikyaku modes set payment --mode operator --open[/cyan]
      [cyan]hikyaku modes set payment --mode automatic[/cyan]
    """
    import sys

    edge, token = _edge()
    names = [one["participant"] for one in _modes(edge, token)]
    if participant not in names:
        raise typer.BadParameter(f"there are {', '.join(names)}", param_hint="PARTICIPANT")
    if mode not in ("off", "operator", "automatic"):
        raise typer.BadParameter("off, operator or automatic", param_hint="--mode")
    if opened and mode == "off":
        raise typer.BadParameter("a mode that is off cannot be open", param_hint="--open")
    answer = edge.call("PUT", f"/v1/modes/{participant}", token, {"mode": mode, "open": opened}, Prefer="wait=5")
    if answer.status != 200:
        print(f"Not set: {answer.reason}.", file=sys.stderr)
        return 1
    now = next(one for one in _modes(edge, token) if one["participant"] == participant)
    print(f"{participant}: {now['mode']}, {now['state']}.")
    return 0


def _edge() -> tuple[Edge, str]:
    from infra.console.http import Edge
    from infra.console.place import running

    settings, url = running()
    edge = Edge(settings, url)
    return edge, edge.token("operator", "admin")


def _modes(edge: Edge, token: str) -> list[dict[str, Any]]:
    from infra.unavailable import Unavailable

    answer = edge.call("GET", "/v1/modes", token)
    if answer.status != 200:
        raise Unavailable(f"The edge does not say how the modes are: {answer.reason}.")
    found: list[dict[str, Any]] = answer.body["items"]
    return found
