"""Make users and databases of this namespace and bring their tables up to date."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

PANEL = "Servers"
app = typer.Typer()


@app.command()
def migrate(
    anew: Annotated[bool, typer.Option("--anew", help="First drop everything of this namespace: ALL DATA IS LOST.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before dropping.")] = False,
) -> None:
    """Apply the SQL files of storage/migrations that are missing, in every domain's database. May be run again.

    Servers must run: `hikyaku services start`, or HIKYAKU_AMQP_URL and HIKYAKU_DATABASE_URL.
    """
    from infra import domains, services
    from infra.provision import drop
    from infra.settings import settings
    from infra.supervisor.prepare import prepare

    found = services.resolve(settings())
    if anew:
        if not yes and not sys.stdin.isatty():
            raise typer.BadParameter("nobody can be asked here; add --yes if ALL DATA may be lost", param_hint="--anew")
        if not yes:
            typer.confirm(f"Drop every database, queue and user of the namespace {found.namespace}?", abort=True)
        asyncio.run(drop(found, [*domains.names(), "edge"]))
    asyncio.run(prepare(found, print))
