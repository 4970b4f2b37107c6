"""On PostgreSQL: what appears between reading and writing is read, and no message is to blame for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from contracts.message import Command, Event, Refusal
from infra import ownership
from infra.database import connect
from infra.decision import Outcomes, Row, Rows
from infra.envelope import Envelope
from infra.group import Group
from infra.saving import Saving
from infra.transaction import Transaction
from tests.infra.harness import world
from tests.infra.test_batches import incoming
from tests.servers import Servers


class Sat(Event):
    topic, about = "toy.sat.v1", "name"
    name: str


class Full(Refusal):
    topic, about = "toy.full.v1", "name"
    name: str
    reason: str = "full"


class Sit(Command):
    """On the bench from this place on, two places wide."""

    topic, about = "toy.sit.v1", "name"
    name: str
    place: int


@dataclass(frozen=True, slots=True)
class Sitter(Row):
    name: str
    place: int


@dataclass(frozen=True, slots=True)
class Near(Row):
    """A lookup: whoever sits at a place or beside it."""

    place: int
    name: str


metadata = sa.MetaData()
sitter = sa.Table(
    "sitter",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("place", sa.Integer, nullable=False),
    ExcludeConstraint((sa.text("int4range(place, place + 2)"), "&&"), using="gist", name="nobody_sits_on_another"),
)


def sit(command: Sit, rows: Rows, now: datetime) -> Outcomes:
    if rows.get(Near, command.place) or rows.get(Sitter, command.name):
        yield Full(name=command.name)
    else:
        yield Sitter(command.name, command.place)
        yield Sat(name=command.name)


# Whoever sits at 1 reaches to 2.
BENCH = Group(
    "toy",
    tables={Sitter: sitter},
    lookups={Near: sa.select((sitter.c.place + 1).label("place"), sitter.c.name)},
    metadata=metadata,
)
BENCH.on(Sit, sit)


class Overtaken(Saving):
    """Somebody else writes first, once, between the reading and the writing."""

    first: Callable[[], Any] | None = None

    async def save(self, *arguments: Any) -> Any:
        first, self.first = self.first, None
        if first:
            await first()
        return await super().save(*arguments)


@pytest.mark.parametrize(("name", "place"), [("twin", 7), ("other", 1)], ids=["unique", "exclusion"])
async def test_a_lost_race_is_decided_once_more(servers: Servers, name: str, place: int) -> None:
    async with world(servers, BENCH) as here:
        pool = await connect(here.dsn, 2, "test")
        ours = Transaction(pool, BENCH, 0, owner := uuid4(), [5])
        ours.saving = overtaken = Overtaken(BENCH, 0, owner, [5])
        claimed = await ownership.claim(pool, 0, owner, by_force=True)
        assert claimed
        ours.epoch = claimed.epoch

        async def first() -> None:
            await pool.execute("INSERT INTO sitter VALUES ($1, $2)", name, place)

        overtaken.first = first
        [committed] = await ours.settle([incoming(Envelope.fresh(Sit(name="twin", place=2), "test"))])
        await pool.close()
    [settled] = committed.batch.settled
    assert [one.message for one in settled.sent] == [Full(name="twin")]
    assert not committed.parkings
