"""What is kept: entries that never change, and how far they are counted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from infra.decision import Row, Rows


@dataclass(frozen=True, slots=True)
class Entry(Row):
    """An event in its place."""

    position: int
    event_id: UUID
    type: str
    source: str
    subject: str
    stream: str | None
    version: int | None
    time: datetime
    recorded_at: datetime
    correlation: UUID
    causation: UUID | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Trace(Row):
    """That a message was sent, without what it said."""

    id: UUID
    kind: str
    type: str
    subject: str
    source: str
    time: datetime
    correlation: UUID
    causation: UUID | None
    actor: str
    traceparent: str


@dataclass(frozen=True, slots=True)
class Log(Row):
    """The last position that was given away."""

    name: str = "all"
    position: int = 0


@dataclass(frozen=True, slots=True)
class Stream(Row):
    """A stream that is appended to here. Histories that their owners number are copies and have no such row."""

    stream: str
    owner: str
    version: int


@dataclass(frozen=True, slots=True)
class Append(Row):
    """What was appended under one id; `version` and `position` are those before it."""

    append_id: str
    stream: str
    version: int
    position: int
    event_ids: list[str]
    correlation: UUID
    causation: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Known(Row):
    """Which of the ids asked for stand here."""

    asked: str
    ids: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Newer(Row):
    """What comes after a version of a stream, up to a hundred events; what this batch writes is not among it."""

    asked: str
    events: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Following(Row):
    """What comes after a position, of some types."""

    asked: str
    events: list[dict[str, Any]] = field(default_factory=list)


def log_of(rows: Rows) -> Log:
    return rows.get(Log, "all") or Log()


def known_of(rows: Rows, ids: Iterable[UUID]) -> set[UUID]:
    found = rows.get(Known, json.dumps([str(one) for one in ids]))
    return {UUID(one) for one in found.ids} if found else set()


def newer_of(rows: Rows, stream: str, version: int) -> list[dict[str, Any]]:
    found = rows.get(Newer, json.dumps([stream, version]))
    return found.events if found else []


def following_of(rows: Rows, types: Iterable[str], position: int, limit: int) -> list[dict[str, Any]]:
    found = rows.get(Following, json.dumps([sorted(set(types)), position, limit]))
    return found.events if found else []
