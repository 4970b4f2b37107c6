"""A toy domain on the real broker and the real database, for tests of the kernel itself."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
import httpx
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateTable

from contracts.message import Command, Event, Message, Refusal
from infra import broker_admin, ids, partitions, topology
from infra import letter as letters
from infra.actor import Verifier
from infra.decision import After, Cancel, Gone, Outcomes, Row, Rows
from infra.envelope import Envelope
from infra.group import Group
from infra.member import Access, Member
from infra.store import POSTGRESQL
from tests.servers import Servers

KERNEL = Path(__file__).parents[2] / "storage/migrations/kernel"


class Added(Event):
    topic, about, aggregate = "toy.added.v1", "name", "counter"
    name: str
    value: int


class Overdrawn(Refusal):
    topic, about = "toy.overdrawn.v1", "name"
    name: str
    reason: str = "overdrawn"


class Add(Command):
    """Refused when the counter would fall below zero."""

    topic, about = "toy.add.v1", "name"
    succeeds, fails = (Added,), (Overdrawn,)
    name: str
    amount: int


class Crash(Command):
    """Raises after it has yielded a row; with `fatal` it kills the process."""

    topic, about = "toy.crash.v1", "name"
    name: str
    fatal: bool = False


class Break(Command):
    """Saves what the database refuses, and only the database."""

    topic, about = "toy.break.v1", "name"
    name: str


class Overdo(Command):
    """Breaks an invariant that a later message could mend before the database sees it."""

    topic, about = "toy.overdo.v1", "name"
    name: str


class Create(Command):
    """Creates without reading: the second one must break on the key."""

    topic, about = "toy.create.v1", "name"
    name: str


class Rename(Command):
    """Moves a unique label from one counter to another."""

    topic, about = "toy.rename.v1", "name"
    name: str
    giver: str


class Remove(Command):
    topic, about = "toy.remove.v1", "name"
    name: str


class Remind(Command):
    """Add later; a negative time cancels."""

    topic, about = "toy.remind.v1", "name"
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Counter(Row):
    name: str
    value: int
    label: str | None = None
    sequence: int = 0

    @property
    def holds(self) -> bool:
        return self.value >= 0


@dataclass(frozen=True, slots=True)
class Log(Row):
    """Who added what, in the order of the counter."""

    id: str
    name: str
    place: int
    amount: int
    seen: dict[str, Any]


metadata = sa.MetaData()
counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("label", sa.Text, unique=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("value >= 0", name="never_below_zero"),
)
log = sa.Table(
    "log",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("place", sa.BigInteger, nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("seen", JSONB, nullable=False),
    sa.CheckConstraint("amount < 1000000", name="not_that_many"),
)


def add(command: Add, rows: Rows, now: datetime) -> Outcomes:
    found = rows.get(Counter, command.name) or Counter(command.name, 0)
    if found.value + command.amount < 0:
        yield Overdrawn(name=command.name)
        return
    value = found.value + command.amount
    yield replace(found, value=value)
    yield Log(f"{command.name}-{found.sequence}", command.name, found.sequence, command.amount, {})
    yield Added(name=command.name, value=value)


def crash(command: Crash, rows: Rows, now: datetime) -> Outcomes:
    found = rows.get(Counter, command.name) or Counter(command.name, 0)
    yield replace(found, value=1_000_000)
    if command.fatal:
        os._exit(9)
    raise RuntimeError("a bug")


def break_(command: Break, rows: Rows, now: datetime) -> Outcomes:
    found = rows.get(Counter, command.name) or Counter(command.name, 0)
    yield replace(found, value=found.value + 1)
    yield Log(f"{command.name}-{found.sequence}-broken", command.name, found.sequence, 1_000_000, {})


def overdo(command: Overdo, rows: Rows, now: datetime) -> Outcomes:
    found = rows.get(Counter, command.name) or Counter(command.name, 0)
    yield replace(found, value=-1)


def create(command: Create, rows: Rows, now: datetime) -> Outcomes:
    yield Counter(command.name, 7)


def rename(command: Rename, rows: Rows, now: datetime) -> Outcomes:
    found = rows.each(Counter, (command.name, command.giver))
    giver, taker = found.get(command.giver), found.get(command.name)
    if giver is None or taker is None or giver == taker:
        return
    yield replace(giver, label=taker.label)
    yield replace(taker, label=giver.label or command.giver)


def remove(command: Remove, rows: Rows, now: datetime) -> Outcomes:
    if rows.get(Counter, command.name):
        yield Gone(Counter, command.name)


def remind(command: Remind, rows: Rows, now: datetime) -> Outcomes:
    if command.seconds < 0:
        yield Cancel(Add, command.name)
    else:
        yield After(now + timedelta(seconds=command.seconds), Add(name=command.name, amount=100))


def toy(partitions: int = 1, *, ordered: bool = False, name: str = "toy") -> Group:
    group = Group(
        name, tables={Counter: counter, Log: log}, metadata=metadata, aggregates={"counter": Counter},
        partitions=partitions, ordered=ordered,
    )  # fmt: skip
    group.on(Add, add)
    group.on(Crash, crash)
    group.on(Break, break_)
    group.on(Overdo, overdo)
    group.on(Create, create)
    group.on(Rename, rename)
    group.on(Remove, remove)
    group.on(Remind, remind)
    return group


@dataclass(slots=True)
class World:
    """One vhost and one database, thrown away afterwards."""

    amqp_url: str
    dsn: str
    management: str
    vhost: str
    groups: Sequence[Group]

    def member(self, group: Group | None = None, delays: Sequence[float] = (0.3, 0.3)) -> Member:
        return Member(group or self.groups[0], Access(self.amqp_url, self.dsn), Verifier(None), delays)

    async def send(self, *messages: Message | Envelope, reply_to: str | None = None) -> list[UUID]:
        """Commands as a producer outside would send them, confirmed."""
        connection = await aio_pika.connect(self.amqp_url)
        async with connection:
            channel = await connection.channel(on_return_raises=True)
            found = []
            sending = []
            for one in messages:
                envelope = one if isinstance(one, Envelope) else Envelope.fresh(one, "test")
                letter = letters.write(envelope)
                headers = {key: value for key, value in letter.headers.items() if key != "correlation"}
                message = aio_pika.Message(
                    letter.body.encode(), message_id=str(letter.id), type=letter.topic, headers=headers, delivery_mode=2,
                    correlation_id=letter.headers["correlation"], reply_to=reply_to,
                )  # fmt: skip
                exchange = await channel.get_exchange(letter.exchange, ensure=False)
                sending.append(exchange.publish(message, letter.topic))
                found.append(letter.id)
            for n in range(0, len(sending), 500):
                await asyncio.gather(*sending[n : n + 500])
            return found

    async def fetch(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        connection = await asyncpg.connect(self.dsn)
        try:
            return [tuple(record) for record in await connection.fetch(query, *arguments)]
        finally:
            await connection.close()

    async def value(self, query: str, *arguments: Any) -> Any:
        return (await self.fetch(query, *arguments))[0][0]

    async def until(self, query: str, expected: Any, seconds: float = 15) -> None:
        """Waits until the query's one value is the expected one; raises AssertionError with the last value."""
        last = None
        for _ in range(int(seconds / 0.05)):
            last = await self.value(query)
            if last == expected:
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"{query}: {last}, not {expected}")


@asynccontextmanager
async def world(servers: Servers, *groups: Group) -> AsyncIterator[World]:
    amqp, database, management = servers.amqp_url, servers.database_url, servers.management_url
    name = f"t_{secrets.token_hex(4)}"
    async with httpx.AsyncClient(base_url=management) as client:
        (await client.put(f"/api/vhosts/{name}")).raise_for_status()
        user = amqp.split("//")[1].split(":")[0]
        body = {"configure": ".*", "write": ".*", "read": ".*"}
        (await client.put(f"/api/permissions/{name}/{user}", json=body)).raise_for_status()
    admin = await asyncpg.connect(database)
    await admin.execute(f"CREATE DATABASE {name}")
    dsn = database.rsplit("/", 1)[0] + f"/{name}"
    try:
        await schema(dsn, groups)
        url = amqp.rstrip("/") + f"/{name}"
        await broker_admin.apply(topology.declare(groups), url)
        yield World(url, dsn, management, name, groups)
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
        async with httpx.AsyncClient(base_url=management) as client:
            await client.delete(f"/api/vhosts/{name}")


async def schema(dsn: str, groups: Sequence[Group]) -> None:
    connection = await asyncpg.connect(dsn)
    for file in sorted(KERNEL.glob("*.sql")):
        await connection.execute(file.read_text())
    await partitions.keep(connection, 14)
    for table in {id(group.metadata): group.metadata for group in groups}.values():
        for one in table.sorted_tables:
            await connection.execute(str(CreateTable(one).compile(dialect=POSTGRESQL)))
    await connection.close()


def same_id(message: Message, milliseconds: int | None = None) -> Envelope:
    """A root whose id can be sent again."""
    identity = ids.root(milliseconds)
    return Envelope(identity, message, identity, source="test")
