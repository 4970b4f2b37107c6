"""Fills the lanes of one domain again from what the outboxes of all domains retained, after its queue was lost.

Letters go out in the order in which they were committed, but what was published since the queue came back may be
before them: consumers know an older event by its `sequence`. What came straight from a producer without an outbox
(`hikyaku publish`, a producer outside) was retained by nobody and cannot be filled in.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from infra import ids
from infra.accounts_broker import OPERATOR
from infra.clock import utcnow
from infra.database import Connection, connect
from infra.errors import InvalidMessage
from infra.letter import Letter
from infra.provision import credentials
from infra.publisher import Publisher
from infra.resend import Door, domains_of
from infra.settings import Settings, settings
from infra.topology import Topology

PAGE = 500
"""Letters read, compared and confirmed at once."""
READ_SECONDS = 300

PAGED = """
    SELECT bundle, position, id, exchange, topic, headers, body FROM outbox
    WHERE (bundle, position) > ($1, $2) AND bundle >= $1 AND bundle < $3 AND topic = ANY($4::text[])
    ORDER BY bundle, position LIMIT $5
"""

# The bounds beside the comparison let PostgreSQL skip the other days of the inbox.
UNSEEN = """
    SELECT wanted.id FROM unnest($1::uuid[]) AS wanted (id)
    WHERE NOT EXISTS (SELECT FROM inbox WHERE inbox.id = wanted.id AND inbox.id >= $2 AND inbox.id <= $3)
    AND NOT EXISTS (SELECT FROM parked WHERE parked.id = wanted.id)
"""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Refilled:
    """How many retained letters the domain takes, and how many of them it had not settled and got again."""

    retained: int
    sent: int


async def refill(topology: Topology, domain: str, settings: Settings, since: datetime | None = None) -> Refilled:
    """What was committed from `since` on (default: all that is retained) until now and `domain` has not settled.

    Running it again is harmless: the ids are the same. Raises LookupError for an unknown domain, and what database or
    broker say when they are away; then a part may have been sent.
    """
    door, now = Door(topology, domain), utcnow()
    oldest = now - timedelta(days=settings.retention_days)
    # Clocks of several machines differ a little.
    first, last = ids.day_start(max(since or oldest, oldest)), ids.day_start(now + timedelta(seconds=2))
    retained = sent = 0
    async with AsyncExitStack() as stack:
        own = await _reader(stack, settings, domain)
        streams = [_letters(await _reader(stack, settings, name), door, first, last) for name in domains_of(topology)]
        publisher = Publisher(credentials(settings, OPERATOR).amqp_url, f"refill {domain}")
        stack.push_async_callback(publisher.close)
        async for page in _pages(_merged(streams)):
            retained += len(page)
            missing = await _unseen(own, page, now)
            await door.send(publisher, missing)
            sent += len(missing)
    log.warning("%s: refilled with %d of %d retained letters", domain, sent, retained)
    return Refilled(retained, sent)


async def _reader(stack: AsyncExitStack, settings: Settings, domain: str) -> Connection:
    """A long read is expected here and holds no lock."""
    pool = await connect(credentials(settings, domain).dsn, 1, f"hikyaku refill from {domain}")
    stack.callback(pool.terminate)
    connection = await stack.enter_async_context(pool.acquire())
    await connection.execute(f"SET statement_timeout = '{READ_SECONDS}s'")
    return connection


async def _letters(read: Connection, door: Door, first: UUID, last: UUID) -> AsyncIterator[tuple[UUID, int, Letter]]:
    """Of one outbox, in the order of its commits."""
    bundle, position, topics = first, -1, sorted(door.topics | door.work)
    while True:
        page = await read.fetch(PAGED, bundle, position, last, topics, PAGE, timeout=READ_SECONDS)
        for record in page:
            bundle, position = record[0], record[1]
            yield bundle, position, Letter(*record[2:])
        if len(page) < PAGE:
            return


async def _merged(streams: Sequence[AsyncIterator[tuple[UUID, int, Letter]]]) -> AsyncIterator[Letter]:
    """By the time inside the bundles' ids: what one domain caused comes before what the next made of it."""
    heads: list[tuple[UUID, int, int, Letter]] = []
    for number, stream in enumerate(streams):
        async for bundle, position, letter in stream:
            heads.append((bundle, position, number, letter))
            break
    heapq.heapify(heads)
    while heads:
        _, _, number, letter = heads[0]
        yield letter
        async for bundle, position, following in streams[number]:
            heapq.heapreplace(heads, (bundle, position, number, following))
            break
        else:
            heapq.heappop(heads)


async def _pages(letters: AsyncIterator[Letter]) -> AsyncIterator[list[Letter]]:
    page: list[Letter] = []
    async for letter in letters:
        page.append(letter)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


async def _unseen(own: Connection, page: Sequence[Letter], now: datetime) -> list[Letter]:
    """Those the domain neither settled nor parked, and whose id its inbox can still tell from another."""
    wanted = [one for one in page if _in_window(one.id, now)]
    if not wanted:
        return []
    identities = [one.id for one in wanted]
    unseen = {record[0] for record in await own.fetch(UNSEEN, identities, min(identities), max(identities))}
    return [one for one in wanted if one.id in unseen]


def _in_window(identity: UUID, now: datetime) -> bool:
    try:
        ids.check_window(identity, now, timedelta(days=settings().retention_days))
    except InvalidMessage:
        return False
    return True
