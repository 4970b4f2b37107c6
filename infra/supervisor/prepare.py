"""What must be true on the servers before a process may start: users, databases, tables, queues."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import asyncpg

from infra import broker_admin, connections, domains
from infra.accounts_broker import OPERATOR
from infra.accounts_database import role_of
from infra.group import Group
from infra.guard import mend
from infra.migrate import migrate
from infra.provision import Credentials, provision
from infra.settings import Settings
from infra.topology import declare
from infra.unavailable import Unavailable


async def prepare(settings: Settings, say: Callable[[str], None]) -> list[Group]:
    """`settings` names both servers. Returns the groups there are. Raises Unavailable or KernelError with a sentence."""
    began = time.monotonic()
    groups = domains.load_all()
    access = await provision(
        settings, [group.name for group in groups],
        sends=sends(groups), connections=connections.needed(groups), warn=lambda it: say(f"! {it}"),
    )  # fmt: skip
    say(f"· {len(groups)} databases and {len(groups)} broker users ({time.monotonic() - began:.1f} s)")
    began = time.monotonic()
    applied = await migrate_all(settings, groups, access)
    say(f"· {sum(applied) or 'No'} migrations applied ({time.monotonic() - began:.1f} s)")
    await asyncio.gather(*(_check_lanes(group, access[group.name].owner_dsn) for group in groups))
    began = time.monotonic()
    topology = declare(groups)
    if all(applied):
        await broker_admin.apply(topology, access[OPERATOR].amqp_url)
    else:
        # Some databases are older than this start: what the broker has lost meanwhile, and what a domain or a listener
        # that is new here would have heard, is filled in from their outboxes.
        await mend(topology, settings)
    size = f"{len(topology.exchanges)} exchanges, {len(topology.queues)} queues, {len(topology.bindings)} bindings"
    say(f"· {size} ({time.monotonic() - began:.1f} s)")
    return groups


async def _check_lanes(group: Group, owner_dsn: str) -> None:
    """A key that moved to another lane could overtake itself. Raises Unavailable when the number has changed."""
    connection = await asyncpg.connect(owner_dsn, timeout=10)
    try:
        known = await connection.fetchval("SELECT max(number) + 1 FROM lane WHERE epoch > 0")
    finally:
        await connection.close()
    if known is not None and known != group.partitions:
        raise Unavailable(
            f"{group.name} was made with {known} lanes and HIKYAKU_LANES now says {group.partitions}. Set it back, or drain "
            f"and begin a new namespace: the lanes of a domain are fixed from the day it is made."
        )


async def migrate_all(settings: Settings, groups: Sequence[Group], access: dict[str, Credentials]) -> list[int]:
    """How many files were applied to each. The databases are independent, so they are migrated side by side."""
    done = await asyncio.gather(
        *(migrate(access[one.name].owner_dsn, one.name, role_of(settings, one.name), settings.retention_days) for one in groups)
    )
    return [len(files) for files in done]


def sends(groups: Sequence[Group]) -> dict[str, set[str]]:
    """What each domain may say to others, as it declares itself: the broker refuses everything else."""
    return {group.name: {kind.topic for kind in group.sends} for group in groups if group.name != "edge"}
