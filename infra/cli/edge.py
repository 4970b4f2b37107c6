"""Serve HTTP: requests become commands."""

from __future__ import annotations

import importlib
from typing import Annotated

import typer

PANEL = "Processes"
app = typer.Typer()


@app.command()
def edge(
    port: Annotated[int | None, typer.Option(help="Port to listen on, instead of HIKYAKU_HTTP_PORT or 8080.")] = None,
    upkeep: Annotated[
        bool, typer.Option(help="Keep the edge's day partitions and guard its queues; `up` does it for its own edge.")
    ] = True,
) -> None:
    """Serve /v1, /docs, /demo, /healthz, /readyz and /metrics until SIGTERM; requests in hand are answered."""
    from infra.logs import begin
    from infra.settings import settings

    chosen = settings()
    if port is not None or chosen.http_port is None:
        chosen = chosen.model_copy(update={"http_port": port or 8080})
    begin(chosen.log_level)
    import uvloop

    # By name: the kernel's rooms know nothing of the edge.
    uvloop.run(importlib.import_module("edge.server").serve(chosen, upkeep=upkeep))
