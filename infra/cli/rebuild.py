"""Make the read model of a domain anew from the events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from infra.rebuild import Rebuilt

PANEL = "Watch and mend"
app = typer.Typer()


@app.command()
def rebuild(
    domain: Annotated[str, typer.Argument(help="A domain that keeps nothing but a view of events, such as media_query.")],
) -> None:
    """Make a read model anew from the event store, online, and put it in the place of the old one.

    The old one is read until the new one is complete; both hashes are shown. They differ when the old one was wrong, or
    when its tables have changed. The event store must be running.

    Example: [cyan]hikyaku rebuild media_query[/cyan]
    """
    from infra.console.place import reaching

    with reaching("Nothing was changed; run it again."):
        found = asyncio.run(_rebuild(domain))
    for table, after in found.after.items():
        print(f"{table}: {found.before[table]} before, {after} after")
    print(f"{found.events} events made {found.rows} rows, {'the same as before' if found.same else 'and the old ones DIFFERED'}.")


async def _rebuild(domain: str) -> Rebuilt:
    from infra import domains
    from infra.accounts_database import role_of
    from infra.console.place import here
    from infra.console.replaying import replay
    from infra.database import connect
    from infra.provision import credentials
    from infra.rebuild import events_of, rebuild

    place, group = here(), domains.load(domain)
    types = events_of(group)
    pool = await connect(credentials(place.settings, domain).owner_dsn, 1, "hikyaku rebuild")
    try:
        async with replay(place.operator_url, types) as pages, pool.acquire() as connection:
            await connection.execute("SET statement_timeout = '5min'")
            return await rebuild(connection, group, role_of(place.settings, domain), pages)
    finally:
        pool.terminate()
