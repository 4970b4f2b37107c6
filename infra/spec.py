"""Given rows, when messages, then messages: a group without broker or database, decided by the same batch code."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from contracts.message import Command, Message
from infra import ids
from infra.batch import Batch
from infra.decision import After, R, Row
from infra.envelope import Envelope
from infra.group import Group

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


class Spec:
    """`Spec(group, *rows).when(message).then(*messages).leaves(*rows)`; each `when` is one batch."""

    def __init__(self, group: Group, *rows: Row) -> None:
        self.group = group
        self.rows: dict[tuple[type[Row], Any], Row] = {(type(row), row.key): row for row in rows}
        self.sent: list[Message | After] = []
        self.envelopes: list[Envelope] = []
        """What the last batch sent and the timers it started, in their envelopes."""
        self._count = 0

    def when(self, *messages: Message, now: datetime = NOON, source: str = "") -> Spec:
        """The messages as one batch; `source` sent them. Raises what a rule raised."""
        batch = Batch([self._envelope(message, source) for message in messages], self.group, now)
        while missing := batch.decide():
            for kind, keys in missing.items():
                batch.loaded[kind].update({key: self.rows.get((kind, key)) for key in keys})
        for settled in batch.settled:
            if settled.error:
                raise settled.error
        for kind, table in batch.current.items():
            for key, row in table.items():
                self.rows.pop((kind, key), None)
                if row is not None:
                    self.rows[kind, key] = row
        self.envelopes = [one for settled in batch.settled for one in settled.sent] + list(batch.timers.values())
        self.sent = [one.message for settled in batch.settled for one in settled.sent]
        self.sent += [After(one.due, one.message) for one in batch.timers.values() if one.due]  # type: ignore[arg-type]
        return self

    def then(self, *expected: Message | After) -> Spec:
        """What went out, in order, and after it the timers that now run. Nothing named means nothing went out."""
        assert self.sent == list(expected), f"sent {self.sent}"
        return self

    def leaves(self, *expected: Row) -> Spec:
        """These rows stand as named; the count of an aggregate's events is not compared."""
        for row in expected:
            assert _uncounted(self.row(type(row), row.key)) == _uncounted(row)
        return self

    def row(self, kind: type[R], key: object) -> R | None:
        return self.rows.get((kind, key))  # type: ignore[return-value]  # filed under its own type

    def _envelope(self, message: Message, source: str) -> Envelope:
        self._count += 1
        identity = ids.derived(UUID(int=0), "spec", "when", message.topic, self._count, NOON)
        operation = message.topic if isinstance(message, Command) else ""
        return Envelope(identity, message, identity, source=source, operation=operation)


def _uncounted(row: Row | None) -> Row | None:
    counts = row is not None and any(field.name == "sequence" for field in fields(row))  # type: ignore[arg-type]
    return replace(row, sequence=0) if counts else row  # type: ignore[type-var]
