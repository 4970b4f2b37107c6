"""See, start and stop the private RabbitMQ and PostgreSQL of this home."""

from __future__ import annotations

from typing import Annotated

import typer

PANEL = "Servers"
app = typer.Typer(help="See, start and stop the private RabbitMQ and PostgreSQL of this home.", no_args_is_help=True)
Name = Annotated[str | None, typer.Argument(help="rabbitmq or postgres; both when it is left out.")]


@app.command()
def status() -> None:
    """Say what runs where. Exit code 3 when something is stopped."""
    from infra import services
    from infra.settings import settings

    found = services.status(settings())
    for one in found:
        print(f"{one.name:<9} {one.state:<9} {one.where:<22} {f'pid {one.pid}' if one.pid else ''}".rstrip())
    if any(one.state == "stopped" for one in found):
        raise typer.Exit(3)


@app.command()
def start(name: Name = None) -> None:
    """Start what does not run; programs that are missing are installed first, when that is allowed."""
    from infra import services
    from infra.settings import settings

    chosen, names = settings(), _names(name)
    services.install(chosen, say=print, only=names)
    if not services.start(chosen, say=print, only=names).names:
        print("Nothing to start.")


@app.command()
def stop(name: Name = None) -> None:
    """Stop what runs; its data stays."""
    from infra import services
    from infra.settings import settings

    services.stop(settings(), _names(name), say=print)


@app.command()
def restart(name: Name = None) -> None:
    """Stop, then start: workers and edge wait meanwhile and lose nothing."""
    stop(name)
    start(name)


@app.command()
def wipe(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Stop both and delete ALL THEIR DATA, wherever it is."""
    from infra import services
    from infra.settings import settings

    if not yes:
        typer.confirm(f"Delete all data of the private services of {settings().folder}?", abort=True)
    services.wipe(settings(), say=print)


def _names(name: str | None) -> tuple[str, ...]:
    from infra import services

    return (name,) if name else services.NAMES
