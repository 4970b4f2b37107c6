"""A process at work: some groups, until it is told to stop, then drained."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Sequence

from infra import health
from infra.actor import Verifier
from infra.database import Pool
from infra.domains import chosen
from infra.group import Group
from infra.guard import guard
from infra.housekeeping import keep_partitions
from infra.keys import Keys
from infra.member import Access, Member
from infra.provision import credentials
from infra.settings import Settings
from infra.tasks import supervised
from infra.topology import declare

log = logging.getLogger(__name__)


def member_of(
    group: Group, settings: Settings, verifier: Verifier, turn: asyncio.Lock | None = None, pool: Pool | None = None
) -> Member:
    """The group under its own names, over its own or the given connections.

    Raises LookupError when the namespace was never provisioned from this home.
    """
    found = credentials(settings, group.name)
    return Member(group, Access(found.amqp_url, found.dsn), verifier, settings.retry_delays, turn, pool)


def upkeep_of(groups: Sequence[Group], settings: Settings) -> dict[str, Callable[[], Awaitable[None]]]:
    """What a process does for its groups where no supervisor does it: their day partitions, and the guard of their queues."""
    return {
        "guard": lambda: guard(declare(groups), settings),
        "partitions": lambda: keep_partitions([one.name for one in groups], settings),
    }


async def run(domains: Sequence[str], settings: Settings, *, port: int = 0, upkeep: bool = False) -> None:
    """Run these domains' groups, or all, until SIGTERM or SIGINT; then drain them side by side.

    A broker or database that is away at the start is waited for: the process is alive, but not ready. With `upkeep`
    it also keeps these domains' day partitions and guards their queues, as `hikyaku up` does for the processes it starts.
    """
    # One for all groups: a statement that one of them has checked need not be checked again by the others.
    verifier = Verifier(Keys(settings.folder).public("edge"))
    turn = asyncio.Lock()
    members = [member_of(group, settings, verifier, turn) for group in chosen(domains)]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    started: set[str] = set()

    def report() -> dict[str, str]:
        return {one.group.name: "starting" for one in members if one.group.name not in started}

    async def start(member: Member) -> None:
        await member.start()
        started.add(member.group.name)
        log.info("%s: at work with %d lanes", member.group.name, len(member.lanes))

    server = asyncio.create_task(health.serve(settings.health_host, port, report))
    starting = [asyncio.create_task(supervised(f"start {one.group.name}", lambda one=one: start(one))) for one in members]  # type: ignore[misc]
    if upkeep:
        works = upkeep_of([one.group for one in members], settings)
        starting += [asyncio.create_task(supervised(name, work)) for name, work in works.items()]
    await stop.wait()
    for task in starting:
        task.cancel()
    await asyncio.gather(*(one.drain(settings.drain_seconds) for one in members if one.group.name in started))
    server.cancel()
