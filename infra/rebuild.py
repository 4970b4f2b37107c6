"""Makes the tables of a projection anew from the events, while the old ones are read, and then puts them in their place.

The new tables are made by the domain's own migrations in a schema of their own, filled by the domain's own rules, and
moved into the old ones' place in one transaction. What happens meanwhile is read before the move, under a lock that
keeps the lane waiting for a moment; what the lane hears again afterwards is older than what stands there (S2-54, S2-55).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from contracts.eventstore import EventsReplayed, StoredEvent
from contracts.message import Event, catalogue
from infra import migrate
from infra.batch import Batch
from infra.clock import utcnow
from infra.database import Connection
from infra.envelope import Envelope
from infra.group import Group
from infra.store import POSTGRESQL

Pages = Callable[[int], AsyncIterator[EventsReplayed]]
"""The pages after a position, up to what stands there when the last of them is read."""

NEW, OLD = "rebuilt", "replaced"


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many events it took, how many rows there are, and what each table's content hashes to, before and after."""

    events: int
    rows: int
    before: dict[str, str]
    after: dict[str, str]

    @property
    def same(self) -> bool:
        return self.before == self.after


def events_of(group: Group) -> list[str]:
    """The topics that a projection is made of. Raises LookupError for a domain that decides more than events."""
    if not group.decisions or group.aggregates or group.doing or not all(issubclass(one, Event) for one in group.decisions):
        raise LookupError(f"{group.name} is no projection: it keeps what could not be made again from events.")
    return sorted(kind.topic for kind in group.heard)


async def rebuild(connection: Connection, group: Group, role: str, pages: Pages) -> Rebuilt:
    """`connection` is the owner's, `role` the one that works with the tables."""
    await _prepare(connection, group, role)
    count, position = await _fill(connection, group, pages, 0)
    async with connection.transaction():
        # As the lane: in the order of the group, so that neither waits for the other.
        for table in _tables(group):
            await connection.execute(f"LOCK TABLE public.{table} IN SHARE ROW EXCLUSIVE MODE")
        late, _ = await _fill(connection, group, pages, position)
        before = {one: await _hash(connection, group, "public", one) for one in _tables(group)}
        after = {one: await _hash(connection, group, NEW, one) for one in _tables(group)}
        rows = sum([await connection.fetchval(f"SELECT count(*) FROM {NEW}.{one}") for one in _tables(group)])
        for table in _tables(group):
            await connection.execute(f"ALTER TABLE public.{table} SET SCHEMA {OLD}; ALTER TABLE {NEW}.{table} SET SCHEMA public")
        await connection.execute(f"DROP SCHEMA {OLD} CASCADE; DROP SCHEMA {NEW} CASCADE")
    return Rebuilt(count + late, rows, before, after)


async def _prepare(connection: Connection, group: Group, role: str) -> None:
    """Empty tables as the migrations make them; those of a rebuild that was broken off are dropped."""
    await connection.execute(f"DROP SCHEMA IF EXISTS {NEW}, {OLD} CASCADE; CREATE SCHEMA {NEW}; CREATE SCHEMA {OLD}")
    await connection.execute("SELECT set_config('search_path', $1, false)", f"{NEW}, public")
    for name, path in migrate.files(group.name):
        if name.startswith(f"{group.name}/"):
            await connection.execute(path.read_text())
    for table in _tables(group):
        await connection.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {NEW}.{table} TO {role}")


async def _fill(connection: Connection, group: Group, pages: Pages, position: int) -> tuple[int, int]:
    """How many events were taken up, and where to go on."""
    count = 0
    async for page in pages(position):
        if page.items:
            await _decide(connection, group, [_envelope(one) for one in page.items])
        count, position = count + len(page.items), page.next_position
    return count, position


async def _decide(connection: Connection, group: Group, envelopes: list[Envelope]) -> None:
    """As a lane does, without inbox and outbox."""
    batch = Batch(envelopes, group, utcnow())
    async with connection.transaction():
        wanted: dict[Any, set[Any]] = defaultdict(set)
        while missing := batch.decide():
            for kind, keys in missing.items():
                wanted[kind] |= keys
                batch.loaded[kind] = await group.stores[kind].load(connection, wanted[kind])
        for settled in batch.settled:
            if settled.error:
                raise settled.error
        for store in group.stores.values():
            await store.delete(connection, batch.deleted(store.kind))
            await store.update(connection, batch.changed(store.kind), batch.loaded[store.kind])
            await store.insert(connection, batch.created(store.kind))


def _envelope(stored: StoredEvent) -> Envelope:
    message = catalogue()[stored.type].model_validate(stored.data)
    return Envelope(
        stored.event_id, message, stored.correlation, stored.causation, stored.source, stored.time, sequence=stored.version
    )  # fmt: skip


def _tables(group: Group) -> list[str]:
    return [POSTGRESQL.identifier_preparer.quote(store.table.name) for store in group.stores.values()]


async def _hash(connection: Connection, group: Group, schema: str, table: str) -> str:
    key = next(one.names[0] for one in group.stores.values() if POSTGRESQL.identifier_preparer.quote(one.table.name) == table)
    content = f"string_agg(md5(one::text), '' ORDER BY one.{POSTGRESQL.identifier_preparer.quote(key)})"
    found: str = await connection.fetchval(f"SELECT md5(coalesce({content}, '')) FROM {schema}.{table} AS one")
    return found
