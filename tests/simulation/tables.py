"""Rows, their versions and their locks, as PostgreSQL keeps them under READ COMMITTED, as far as the kernel can tell.

A transaction sees what is committed and what it wrote itself. A statement that has to wait for somebody's row begins
again when the row is free; what it does not lock it then sees as it was when the statement began, and the row it
waited for as it is. Keys are unique, and checks are predicates. That all of it is so, tests/simulation/test_likeness.py
shows on PostgreSQL.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import asyncpg

Fields: TypeAlias = Mapping[str, Any]
Place: TypeAlias = tuple[str, Any]
"""A table and a key."""


class Blocked(Exception):
    """A row is held by somebody else."""

    def __init__(self, holders: set[Transaction]) -> None:
        self.holders = holders


class Tables:
    """What is committed. `checks` are the CHECK constraints of tables."""

    def __init__(self, checks: Mapping[str, Callable[[Fields], bool]]) -> None:
        self.checks = checks
        self.rows: dict[str, dict[Any, Fields]] = defaultdict(dict)
        self.former: dict[Place, list[tuple[int, Fields | None]]] = defaultdict(list)
        """Versions that somebody may still look at: until which commit they stood."""
        self.commits = 0
        self.held: dict[Place, dict[Transaction, bool]] = defaultdict(dict)
        """Who holds a row, and whether alone."""
        self.places = 0
        self.met: Counter[str] = Counter()
        """How often something came about that a schedule is to bring about now and then."""

    def at(self, place: Place, moment: int) -> Fields | None:
        for until, row in self.former.get(place, ()):
            if moment < until:
                return row
        return self.rows[place[0]].get(place[1])


class Transaction:
    """`began` is its now(). `moment` is set while a statement is repeated: what it sees of others is what stood then."""

    def __init__(self, tables: Tables, began: float) -> None:
        self.tables, self.began = tables, began
        self.changes: dict[Place, Fields | None] = {}
        self.locked: set[Place] = set()
        self.moment: int | None = None

    def get(self, table: str, key: Any) -> Fields | None:
        """As this statement sees it."""
        place = (table, key)
        if place in self.changes:
            return self.changes[place]
        if self.moment is not None:
            return self.tables.at(place, self.moment)
        return self.tables.rows[table].get(key)

    def newest(self, table: str, key: Any) -> Fields | None:
        place = (table, key)
        return self.changes[place] if place in self.changes else self.tables.rows[table].get(key)

    def scan(self, table: str) -> Iterator[tuple[Any, Fields]]:
        keys = list(self.tables.rows[table])
        keys += [key for name, key in self.changes if name == table and key not in self.tables.rows[table]]
        if self.moment is not None:
            keys += [key for name, key in self.tables.former if name == table and key not in keys]
        for key in keys:
            if (row := self.get(table, key)) is not None:
                yield key, row

    def lock(self, table: str, key: Any, *, alone: bool = True) -> None:
        """Raises Blocked while others hold the row in a way that excludes this one."""
        place = (table, key)
        holders = self.tables.held[place]
        others = {one for one, exclusive in holders.items() if one is not self and (alone or exclusive)}
        if others:
            raise Blocked(others)
        holders[self] = alone or holders.get(self, False)
        self.locked.add(place)

    def locked_rows(
        self, table: str, keys: Iterable[Any], test: Callable[[Fields], bool] = bool, *, alone: bool = True
    ) -> Iterator[tuple[Any, Fields]]:
        """In the order given. What was waited for is tested once more, as it stands now."""
        for key in keys:
            seen = self.get(table, key)
            if seen is None or not test(seen):
                continue
            self.lock(table, key, alone=alone)
            row = self.newest(table, key)
            if row is not None and test(row):
                yield key, row

    def insert(self, table: str, key: Any, row: Fields) -> bool:
        """False when the key is taken. Whoever has just taken it is waited for."""
        self.lock(table, key)
        if self.newest(table, key) is not None:
            return False
        self.put(table, key, row)
        return True

    def put(self, table: str, key: Any, row: Fields | None) -> None:
        check = self.tables.checks.get(table)
        if row is not None and check is not None and not check(row):
            error = asyncpg.CheckViolationError(f"new row of {table} violates a check")
            error.table_name = table
            raise error
        self.changes[table, key] = row

    def commit(self) -> bool:
        """Whether anything was written."""
        tables = self.tables
        if self.changes:
            tables.commits += 1
        for (table, key), row in self.changes.items():
            before = tables.rows[table].get(key)
            tables.former[table, key].append((tables.commits, before))
            if row is None:
                tables.rows[table].pop(key, None)
            else:
                tables.rows[table][key] = row
        written = bool(self.changes)
        self.end()
        return written

    def end(self) -> None:
        """What was locked is free; what was written and not committed never was."""
        for place in self.locked:
            holders = self.tables.held[place]
            holders.pop(self, None)
            if not holders:
                del self.tables.held[place]
        self.locked.clear()
        self.changes.clear()
