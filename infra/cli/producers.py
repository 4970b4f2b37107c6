"""Let programs without HTTP publish commands, each with rights of its own."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

PANEL = "Use"
app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="""Let programs without HTTP publish commands, each with rights of its own.

    A producer publishes the types it was given, hears its outcomes on queues of its own, and may do nothing else on the
    broker. How such a program looks: docs/producers.md.
    """,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits and _, such as shelf.")]


@app.command()
def add(
    name: Name,
    may: Annotated[list[str], typer.Option("--may", metavar="TYPE", help="A command it may publish; several times for more.")],
) -> None:
    """Make or change a producer, and print its AMQP address, password included, alone on standard output.

    Added again it keeps its password and gets the new rights. The operators' log keeps who, when and which types.

    Example: [cyan]hikyaku producers add shelf --may inventory.replenish-stock.v1[/cyan]
    """
    from infra import producers
    from infra.console import audit
    from infra.console.place import here

    place = here()
    assert place.operator_url  # raises LookupError where nothing was ever set up
    audit.note(place.settings.folder, "producers add", "", name=name, may=sorted(set(may)))
    print(asyncio.run(producers.add(place.settings, name, may)))


@app.command("list")
def list_() -> None:
    """Name the producers and the types that each may publish."""
    from infra import producers
    from infra.settings import settings

    found = producers.known(settings())
    for name, commands in sorted(found.items()):
        print(f"{name}: {', '.join(commands)}")
    if not found:
        print("No producers.")


@app.command()
def remove(name: Name) -> None:
    """Take all rights from one: its connections end, and its password is forgotten. What it has sent stays valid."""
    from infra import producers
    from infra.console import audit
    from infra.console.place import here

    place = here()
    audit.note(place.settings.folder, "producers remove", "", name=name)
    asyncio.run(producers.remove(place.settings, name))
    print(f"{name} is removed.")
