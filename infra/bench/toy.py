"""The smallest domain that uses everything of a hop: inbox, one locked row of many, outbox, confirmed event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from contracts.message import Command, Event
from infra.decision import Outcomes, Row, Rows
from infra.group import Group

ROWS = 10_000


class Added(Event):
    topic, about, aggregate = "toy.added.v1", "name", "counter"
    name: str
    value: int


class Add(Command):
    topic, about = "toy.add.v1", "name"
    name: str
    amount: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Counter(Row):
    name: str
    value: int
    sequence: int = 0


metadata = sa.MetaData()
counter = sa.Table(
    "counter",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.BigInteger, nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.CheckConstraint("value >= 0", name="never_below_zero"),
)


def add(command: Add, rows: Rows, now: datetime) -> Outcomes:
    found = rows.get(Counter, command.name) or Counter(command.name, 0)
    yield replace(found, value=found.value + command.amount)
    yield Added(name=command.name, value=found.value + command.amount)


def group(partitions: int) -> Group:
    made = Group("toy", tables={Counter: counter}, metadata=metadata, aggregates={"counter": Counter}, partitions=partitions)
    made.on(Add, add)
    return made
