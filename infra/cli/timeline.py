"""How an operation went."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

PANEL = "Watch and mend"
app = typer.Typer()


@app.command()
def timeline(
    operation: Annotated[str, typer.Argument(metavar="OPERATION", help="The id that the 202 named.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Draw what an operation led to: every command, event, job and timer, as a tree with times.

    Example: [cyan]hikyaku timeline 0199f3a2-5d6c-7abc-8def-0123456789ab[/cyan]
    """
    from uuid import UUID

    from infra.console import timeline as drawing
    from infra.console.place import here, reaching

    try:
        identity = UUID(operation)
    except ValueError:
        raise LookupError(f"{operation} is no id of an operation.") from None
    with reaching("Nothing was changed."):
        found = asyncio.run(drawing.ask(here(), identity))
    if as_json:
        print(found.model_dump_json(indent=2))
    else:
        drawing.draw(found)
