"""Run the groups of some domains in this process."""

from __future__ import annotations

from typing import Annotated

import typer

PANEL = "Processes"
app = typer.Typer()


@app.command()
def worker(
    domains: Annotated[list[str] | None, typer.Argument(help="Domains, such as inventory payment.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every domain there is.")] = False,
    port: Annotated[int, typer.Option(help="Port for /healthz, /readyz and /metrics; 0 serves none.")] = 0,
    upkeep: Annotated[
        bool, typer.Option(help="Keep day partitions and guard the queues of these domains; `up` does it for its own workers.")
    ] = True,
) -> None:
    """Decide, answer and publish for these domains until SIGTERM; then finish what was begun.

    The namespace must be provisioned from this home: `hikyaku up` or `hikyaku migrate` does that.
    """
    import uvloop

    from infra.logs import begin
    from infra.runtime import run
    from infra.settings import settings

    if not domains and not everything:
        raise typer.BadParameter("name the domains, or --all")
    begin(settings().log_level)
    uvloop.run(run([] if everything else domains or [], settings(), port=port, upkeep=upkeep))
