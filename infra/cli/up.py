"""Start everything and stay; Ctrl-C stops it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def up(split: Annotated[bool, typer.Option("--split", help="One process per domain instead of one with all.")] = False) -> int:
    """Start servers, databases, queues and processes, say where they are, and stay until Ctrl-C.

    Servers are those of HIKYAKU_AMQP_URL and HIKYAKU_DATABASE_URL, or private ones under HIKYAKU_HOME (.local).
    Ctrl-C or `hikyaku down` stops what was started here and nothing else.
    """
    from infra import services
    from infra.settings import settings
    from infra.supervisor import state
    from infra.supervisor.run import Supervisor

    chosen = settings()
    if split:
        chosen = chosen.model_copy(update={"split": True})

    def say(line: str) -> None:
        print(line, flush=True)

    async def live() -> int:
        return await Supervisor(chosen, say).run()

    with state.alone(chosen.folder):
        # It may ask, and the loop would take Ctrl-C for itself.
        services.install(chosen, say=say)
        return asyncio.run(live())
