"""Dead letters as they stand at one moment: the parked rows of every domain, and the broker's queues of dead letters.

Those of the broker are held, unacknowledged, as long as the snapshot is open, and go back to their queue when it closes:
nobody else can act on them meanwhile, and nothing is lost when the command is killed.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

from infra import ids
from infra.clock import utcnow
from infra.console.place import AWAY, Place, Warn
from infra.errors import InvalidMessage
from infra.outbox import NO_LANE

MOST = 1_000
"""Letters looked at per domain and store; the snapshot says when there are more."""

PARKED = """
    SELECT id, lane, topic, headers, body, status, attempts, due, reason, detail, parked_at, key FROM parked
    WHERE status = ANY($1::text[]) ORDER BY place LIMIT $2
"""

REPLAYING = "hikyaku replay by "
"""What a replay calls its connections, with the name of who runs it, so that others see it."""
OTHERS = """
    SELECT DISTINCT substr(application_name, $1) FROM pg_stat_activity
    WHERE datname = current_database() AND starts_with(application_name, $2) ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Dead:
    """`status` is `dead`, or `waiting` and `behind` for what will be tried again by itself. `raw` holds the broker's."""

    id: str
    domain: str
    store: Literal["database", "broker"]
    status: str
    topic: str
    reason: str
    detail: str
    headers: dict[str, Any]
    body: str | bytes
    since: datetime
    attempts: int = 0
    lane: int = 0
    due: datetime | None = None
    key: str = ""
    raw: AbstractIncomingMessage | None = field(default=None, repr=False, compare=False)

    @property
    def seconds(self) -> float:
        return max(0.0, (utcnow() - self.since).total_seconds())

    @property
    def name(self) -> tuple[str, str]:
        """One id may have died in several domains."""
        return self.domain, self.id

    @property
    def line(self) -> tuple[str, bool, str]:
        """Letters of one line go one after another: those of a key in a domain, its jobs apart from its lanes."""
        return self.domain, self.lane == NO_LANE, self.key or self.id


@dataclass(slots=True)
class Snapshot:
    """`channels` hold the broker's letters, domain by domain."""

    letters: list[Dead]
    channels: dict[str, AbstractChannel]

    def named(self, wanted: Sequence[str]) -> list[Dead]:
        """Whose id begins so. Raises LookupError for one that nobody or more than one has."""
        found: list[Dead] = []
        for prefix in wanted:
            matching = [one for one in self.letters if one.id.startswith(prefix)]
            identities = {one.id for one in matching}
            if not matching:
                raise LookupError(f"No parked or dead letter has the id {prefix}; `hikyaku dead-letters list --ids` shows them.")
            if len(identities) > 1:
                raise LookupError(f"{len(identities)} letters have an id that begins with {prefix}: give more of it.")
            found += matching
        return found

    def of(self, domain: str | None, topic: str | None, reason: str | None = None) -> list[Dead]:
        return [
            one
            for one in self.letters
            if domain in (None, one.domain) and topic in (None, one.topic) and reason in (None, one.reason)
        ]


@asynccontextmanager
async def snapshot(
    place: Place, domains: Sequence[str], warn: Warn, statuses: Sequence[str] = ("dead", "waiting", "behind"), most: int = MOST
) -> AsyncIterator[Snapshot]:
    """A domain whose database is away, or a broker that is, is named to `warn` and left out."""
    letters: list[Dead] = []
    for domain in domains:
        try:
            letters += await _parked(place, domain, statuses, most, warn)
        except AWAY as error:
            warn(f"{domain}: its database is away ({type(error).__name__}); its parked letters are not shown.")
    async with AsyncExitStack() as stack:
        channels: dict[str, AbstractChannel] = {}
        try:
            connection = await stack.enter_async_context(await aio_pika.connect(place.operator_url, timeout=10))
            # One for each domain: a queue that is missing costs its channel, and with it what the channel holds.
            channels = {domain: await connection.channel() for domain in domains}
        except (AMQPError, OSError, TimeoutError) as error:
            warn(f"The broker is away ({type(error).__name__}); its dead letters are not shown.")
        for domain in list(channels):
            try:
                buried = await held(channels[domain], domain, most)
            except AMQPError:
                warn(f"The queue {domain}.dead is missing: `hikyaku topology apply` declares it.")
                del channels[domain]
                continue
            letters += buried
            if len(buried) == most:
                warn(f"{domain}: only the first {most} dead letters of the broker are looked at.")
        yield Snapshot(letters, channels)


async def held(channel: AbstractChannel, domain: str, most: int) -> list[Dead]:
    """What is in the domain's queue of dead letters and not held yet; it stays ours until it is acknowledged."""
    queue = await channel.declare_queue(f"{domain}.dead", passive=True, timeout=10)
    found: list[Dead] = []
    while len(found) < most and (message := await queue.get(no_ack=False, fail=False, timeout=10)) is not None:
        found.append(_from_broker(domain, message))
    return found


async def _parked(place: Place, domain: str, statuses: Sequence[str], most: int, warn: Warn) -> list[Dead]:
    async with place.database(domain) as connection:
        rows = await connection.fetch(PARKED, list(statuses), most)
        others = [record[0] for record in await connection.fetch(OTHERS, len(REPLAYING) + 1, REPLAYING)]
    if others:
        warn(f"{domain}: {', '.join(others)} replays or edits letters now; those of the broker among them are not shown.")
    if len(rows) == most:
        warn(f"{domain}: only the first {most} parked letters are looked at.")
    return [
        Dead(
            str(row["id"]), domain, "database", row["status"], row["topic"], row["reason"], row["detail"], row["headers"],
            row["body"], row["parked_at"], row["attempts"], row["lane"], row["due"] if row["status"] == "waiting" else None,
            row["key"],
        )
        for row in rows
    ]  # fmt: skip


def _from_broker(domain: str, message: AbstractIncomingMessage) -> Dead:
    headers: dict[str, Any] = dict(message.headers)
    deaths: Any = headers.get("x-death") or [{}]
    reason = str(headers.get("reason") or deaths[0].get("reason") or "unknown")
    return Dead(
        _identity(message), domain, "broker", "dead", message.type or "?", reason, str(headers.get("detail", "")),
        headers, message.body, _since(message, deaths[0].get("time")), key=str(headers.get("partition-key", "")), raw=message,
    )  # fmt: skip


def _identity(message: AbstractIncomingMessage) -> str:
    """Its own id, or, where it has none that counts, one made of its content."""
    try:
        return str(UUID(message.message_id or ""))
    except ValueError:
        return "raw-" + hashlib.sha256(f"{message.type}|{message.message_id}".encode() + message.body).hexdigest()[:16]


def _since(message: AbstractIncomingMessage, died: Any) -> datetime:
    """When it died where the broker knows it, else when it came to be."""
    if isinstance(died, datetime):
        return died
    try:
        return ids.moment(UUID(message.message_id or ""))
    except (ValueError, InvalidMessage):
        return message.timestamp or utcnow()
