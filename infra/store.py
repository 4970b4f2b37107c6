"""Bulk SQL for one kind of row, written once from its SQLAlchemy table.

Columns are named as the fields and stand in the same order. A column of an array type cannot be saved this way
(unnest would flatten it): use JSONB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from infra.database import Connection, Json
from infra.decision import R, Row
from infra.writing import Executing

POSTGRESQL = postgresql.dialect()  # type: ignore[no-untyped-call]


class Store(Generic[R]):
    """Raises TypeError when the dataclass and the table are not the same list of names."""

    def __init__(self, kind: type[R], table: sa.Table) -> None:
        names = [column.name for column in table.columns]
        if tuple(names) != kind.__match_args__ or [c.name for c in table.primary_key] != names[:1]:
            raise TypeError(f"{kind.__name__} and table {table.name} differ: {kind.__match_args__} and {names}")
        self.kind, self.table, self.names = kind, table, names
        quote = POSTGRESQL.identifier_preparer.quote
        quoted = [quote(name) for name in names]
        key, columns, target = quoted[0], ", ".join(quoted), quote(table.name)
        types = [f"{column.type.compile(dialect=POSTGRESQL)}[]" for column in table.columns]
        values = f"unnest({', '.join(f'${n}::{type_}' for n, type_ in enumerate(types, 1))})"
        changes = ", ".join(f"{name} = new.{name}" for name in quoted[1:])
        # NO KEY UPDATE, for plain FOR UPDATE blocks the foreign-key inserts of others.
        self._load = f"SELECT {columns} FROM {target} WHERE {key} = ANY($1::{types[0]}) ORDER BY {key} FOR NO KEY UPDATE"
        self._insert = f"INSERT INTO {target} ({columns}) SELECT * FROM {values}"
        self._update = f"UPDATE {target} AS old SET {changes} FROM {values} AS new({columns}) WHERE old.{key} = new.{key}"
        self._unique = _unique(table)
        free = {next((name for name in names if table.columns[name].nullable), None) for names in self._unique} - {None}
        self._release = [
            f"UPDATE {target} SET {quote(name)} = NULL WHERE {key} = ANY($1::{types[0]})" for name in sorted(map(str, free))
        ]
        # Anything that two rows can collide on, beside the key.
        self.collides = any(isinstance(one, sa.UniqueConstraint | ExcludeConstraint) for one in table.constraints) or any(
            one.unique for one in table.indexes
        )
        self._delete = f"DELETE FROM {target} WHERE {key} = ANY($1::{types[0]})"

    async def load(self, connection: Connection, keys: Iterable[object]) -> dict[Any, R | None]:
        """The rows, locked in key order; a key without a row is None."""
        found: dict[Any, R | None] = dict.fromkeys(keys)
        for record in await connection.fetch(self._load, sorted(found)):
            row = self.kind(*record)
            found[row.key] = row
        return found

    async def insert(self, connection: Executing, rows: Sequence[R]) -> None:
        """Plain INSERT, never an upsert: a row that appeared meanwhile must break the batch, not be overwritten."""
        if rows:
            await connection.execute(self._insert, *self._columns(rows))

    async def update(self, connection: Executing, rows: Sequence[R], before: Mapping[Any, R | None]) -> None:
        """The whole rows; `before` is what was loaded. Values that move in a circle are NULL for a moment, where they may be."""
        waits = self._waits(rows, before)
        for wave in _waves(rows, waits):
            keys = {row.key for row in wave}
            if any(waits.get(key, set()) & keys for key in keys):
                for release in self._release:
                    await connection.execute(release, sorted(keys))
            await connection.execute(self._update, *self._columns(wave))

    def goes_ahead(self, changed: Sequence[R], created: Sequence[R], before: Mapping[Any, R | None]) -> bool:
        """Whether the changes must be a statement of their own, before others: some row lets go of what another takes."""
        return self.collides and (bool(created) or bool(self._waits(changed, before)))

    def _waits(self, rows: Sequence[R], before: Mapping[Any, R | None]) -> dict[Any, set[Any]]:
        """By the key of who takes a value, the keys of those that hold it still. A value with a NULL is like no other."""
        found: dict[Any, set[Any]] = {}
        for names in self._unique:
            moves = [(row.key, _value(before.get(row.key), names), _value(row, names)) for row in rows]
            holders = {held: key for key, held, taken in moves if held is not None and held != taken}
            for key, held, taken in moves:
                if taken is not None and held != taken and taken in holders:
                    found.setdefault(key, set()).add(holders[taken])
        return found

    async def delete(self, connection: Executing, keys: Sequence[Any]) -> None:
        if keys:
            await connection.execute(self._delete, keys)

    def _columns(self, rows: Sequence[R]) -> list[list[Any]]:
        return [[_element(getattr(row, name)) for row in rows] for name in self.names]


def _waves(rows: Sequence[R], waits: Mapping[Any, set[Any]]) -> list[Sequence[R]]:
    """A row that lets go of a unique value goes before the row that takes it. Usually that is one wave, or none.

    What moves in a circle, and what waits for it, goes as one, at last.
    """
    found: list[Sequence[R]] = []
    left = list(rows)
    while left:
        keys = {row.key for row in left}
        wave = [row for row in left if not waits.get(row.key, set()) & keys] or left
        found.append(wave)
        left = [row for row in left if row not in wave]
    return found


def _element(value: object) -> object:
    return Json(value) if isinstance(value, list) else value


def _unique(table: sa.Table) -> list[tuple[str, ...]]:
    """The columns of each constraint and index that lets no two rows have the same."""
    constraints = [one.columns for one in table.constraints if isinstance(one, sa.UniqueConstraint)]
    indexes = [one.columns for one in table.indexes if one.unique]
    return [tuple(column.name for column in columns) for columns in (*constraints, *indexes)]


def _value(row: Row | None, names: Sequence[str]) -> tuple[Any, ...] | None:
    found = tuple(getattr(row, name) for name in names) if row is not None else (None,)
    return None if None in found else found


PerKey: TypeAlias = Callable[[sa.ColumnElement[str]], sa.Select[Any]]
"""A select for one key, a text, which it is given as a column and names as its first one."""


class Lookup(Generic[R]):
    """Reads by another column than the key: a select whose first column is the key. It locks nothing.

    What a key alone cannot say, such as "the next hundred after this one", is a function from the wanted key to its
    select. A lookup sees what is committed and nothing of the batch that asks, so a rule reads the rows themselves
    before it acts.
    """

    def __init__(self, kind: type[R], given: sa.Select[Any] | PerKey) -> None:
        self.kind = kind
        select = given if isinstance(given, sa.Select) else given(sa.literal_column("wanted.key", sa.Text))
        source = select.subquery("lookup")
        names = [column.name for column in source.columns]
        if tuple(names) != kind.__match_args__:
            raise TypeError(f"{kind.__name__} and its select differ: {kind.__match_args__} and {names}")
        key = next(iter(source.columns))
        compiled = select.compile(dialect=POSTGRESQL, compile_kwargs={"literal_binds": True})
        type_ = key.type.compile(dialect=POSTGRESQL)
        name = POSTGRESQL.identifier_preparer.quote(names[0])
        if select is given:
            self._load = f"SELECT * FROM ({compiled}) AS lookup WHERE {name} = ANY($1::{type_}[])"
        else:
            self._load = f"SELECT lookup.* FROM unnest($1::text[]) AS wanted (key) CROSS JOIN LATERAL ({compiled}) AS lookup"

    async def load(self, connection: Connection, keys: Iterable[object]) -> dict[Any, R | None]:
        found: dict[Any, R | None] = dict.fromkeys(keys)
        for record in await connection.fetch(self._load, sorted(found)):
            row = self.kind(*record)
            found[row.key] = row
        return found
