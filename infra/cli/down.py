"""Stop what `hikyaku up` started."""

from __future__ import annotations

from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def down(
    servers: Annotated[bool, typer.Option("--services", help="Also private servers that were left running.")] = False,
) -> None:
    """Ask the running `hikyaku up` of this home to stop, and wait until it has."""
    from infra import services
    from infra.settings import settings
    from infra.supervisor import state

    chosen = settings()
    running = state.supervisor(chosen.folder)
    if running:
        # Processes have their time to finish, and then the servers theirs.
        running.end(chosen.drain_seconds + 90)
        print("Stopped.")
    else:
        print(f"Nothing runs from {chosen.folder}.")
    if servers:
        services.stop(chosen, say=print)
        services.stop(chosen.model_copy(update={"home": chosen.folder / "test"}), say=print)
