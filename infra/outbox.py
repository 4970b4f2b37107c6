"""Messages on their way out, written with the state.

`outbox` is append-only: it is also the history from which a lost broker is refilled. What is unsent is one row of
`pending` per bundle, removed once the broker has confirmed every letter of the bundle.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from infra import ids
from infra import letter as letters
from infra import record as records
from infra.database import Connection
from infra.envelope import Envelope
from infra.letter import Letter
from infra.settings import settings
from infra.writing import Executing

NO_LANE = -1

INSERT = """
    INSERT INTO outbox (bundle, position, id, exchange, topic, headers, body)
    SELECT $1, * FROM unnest($2::int[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::text[])
"""
AWAIT = "INSERT INTO pending (bundle, owner, lane) VALUES ($1, $2, $3)"
FORGET = "DELETE FROM pending WHERE bundle = ANY($1::uuid[])"

READ = "SELECT bundle, id, exchange, topic, headers, body FROM outbox WHERE bundle = ANY($1::uuid[]) ORDER BY bundle, position"

ADOPT_LANE = "UPDATE pending SET owner = $1 WHERE lane = $2 RETURNING bundle"

ADOPT_DEAD = """
    UPDATE pending SET owner = $1 WHERE bundle IN (
        SELECT bundle FROM pending WHERE owner <> $1 AND at < now() - interval '10 s'
        AND NOT EXISTS (SELECT FROM owner WHERE owner.id = pending.owner AND beat > now() - interval '10 s')
        ORDER BY bundle LIMIT $2 FOR UPDATE SKIP LOCKED
    ) RETURNING bundle
"""

# What did not fit in memory, and what was committed although nobody was told so.
OURS = "SELECT bundle FROM pending WHERE owner = $1 AND NOT bundle = ANY($2::uuid[]) ORDER BY bundle LIMIT $3"
BACKLOG = "SELECT count(*), coalesce(extract(epoch FROM now() - min(at)), 0)::float8 FROM pending"

ALIVE = "INSERT INTO owner (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET beat = now() RETURNING clock_timestamp()"
LONG_DEAD = "DELETE FROM owner WHERE beat < now() - interval '1 day'"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one transaction sends, in order."""

    id: UUID
    letters: Sequence[Letter]


_ordered = ids.Ordered()


def bundle_of(envelopes: Iterable[Envelope], rung: Iterable[Envelope] = ()) -> Bundle:
    """Bundles of one process sort as they were made: whoever adopts them sends them in that order.

    What the event store is to know of them goes with them; `rung` are the timers that led to them.
    """
    sent = [(one, letters.write(one)) for one in envelopes]
    content = [letter for _, letter in sent]
    if settings().record:
        content += records.written(sent, rung)
    return Bundle(_ordered.next(), content)


async def save(writing: Executing, owner: UUID, bundle: Bundle, lane: int = NO_LANE) -> None:
    """Inside the caller's transaction, best together with everything else it writes.

    After the commit the caller hands the bundle to its relay; if it dies before, another process finds it.
    """
    columns = zip(
        *((n, one.id, one.exchange, one.topic, one.headers, one.body) for n, one in enumerate(bundle.letters)), strict=True
    )
    await writing.execute(INSERT, bundle.id, *map(list, columns))
    await writing.execute(AWAIT, bundle.id, owner, lane)


async def forget(writing: Executing, sent: Sequence[UUID]) -> None:
    """These bundles were confirmed."""
    if sent:
        await writing.execute(FORGET, list(sent))


async def read(connection: Connection, bundles: Sequence[UUID]) -> list[Bundle]:
    """The bundles again, in the order of their ids."""
    found: dict[UUID, list[Letter]] = {one: [] for one in sorted(bundles)}
    for record in await connection.fetch(READ, list(bundles)):
        found[record[0]].append(Letter(*record[1:]))
    return [Bundle(identity, content) for identity, content in found.items()]
