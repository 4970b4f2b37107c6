"""What a transaction writes, gathered into one statement: each round trip costs more than most of the statements do."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Protocol

from infra.database import Connection

PLACE = re.compile(r"\$(\d+)")


class Executing(Protocol):
    """A connection, or what is gathered for one."""

    async def execute(self, query: str, *args: Any) -> Any: ...


class Writing:
    """Takes INSERT, UPDATE and DELETE without RETURNING, and runs all of them as the parts of one statement.

    The parts see the database as it was before any of them, and run in an order of PostgreSQL's choosing. So no two of
    them may touch one row, and what must come first is executed by itself. Foreign keys and triggers at the end of a
    statement see all of it.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._args: list[Any] = []

    async def execute(self, query: str, *args: Any) -> None:
        self._parts.append(query)
        self._args += args

    async def flush(self, connection: Connection) -> None:
        if self._parts:
            await connection.execute(_one(tuple(self._parts)), *self._args)


@lru_cache(1024)
def _one(parts: tuple[str, ...]) -> str:
    """Which tables a batch writes recurs, so the statement is made once, and PostgreSQL plans it once."""
    moved: list[str] = []
    passed = 0
    for part in parts:
        moved.append(PLACE.sub(lambda found, passed=passed: f"${int(found[1]) + passed}", part))  # type: ignore[misc]
        passed += max(map(int, PLACE.findall(part)), default=0)
    *before, last = moved
    named = ", ".join(f"part{n} AS ({part})" for n, part in enumerate(before))
    return f"WITH {named} {last}" if named else last
