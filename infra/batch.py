"""Deciding a batch: every message in arrival order, against the same rows. Pure; it does no I/O.

The result equals deciding the messages one by one, because a decision sees the rows as the earlier ones left them,
and one that raises leaves nothing behind: its outcomes are applied only when it has ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from contracts.message import Event
from infra.decision import After, Because, Cancel, Gone, Outcome, R, Row, Told
from infra.envelope import Envelope
from infra.errors import BlindWrite, InvariantBroken, NotDeclared, NotLoaded

if TYPE_CHECKING:
    from infra.group import Group

Loaded = dict[type[Row], dict[Any, Row | None]]
Timer = tuple[str, str]
"""Topic and subject."""
Numbered = tuple[Any, int | None, str]
"""An outcome, its place in an aggregate's history, and the earlier operation it belongs to."""


@dataclass(slots=True)
class Settled:
    """The fate of one message: what it sent, why it failed, or that it waits behind an earlier one of its key."""

    envelope: Envelope
    sent: list[Envelope] = field(default_factory=list)
    error: Exception | None = None
    behind: bool = False
    answer: str | None = None

    @property
    def done(self) -> bool:
        return self.error is None and not self.behind


class Batch:
    def __init__(
        self,
        envelopes: Sequence[Envelope],
        group: Group,
        now: datetime,
        held: Collection[str] = (),
        returning: Collection[UUID] = (),
    ) -> None:
        """Where the group asks for order, `held` are the keys of parked messages, and `returning` those whose turn it is."""
        self.envelopes, self.group, self.now = envelopes, group, now
        self.held, self.returning = held, returning
        self.loaded: Loaded = defaultdict(dict)

    def decide(self) -> dict[type[Row], set[Any]]:
        """Decide all; the answer is the rows still missing. With none missing, the outcomes are final."""
        self.current: Loaded = defaultdict(dict)
        self.settled: list[Settled] = []
        self.timers: dict[Timer, Envelope] = {}
        self.cancelled: set[Timer] = set()
        missing: dict[type[Row], set[Any]] = defaultdict(set)
        stopped: set[str] = set()
        for envelope in self.envelopes:
            key = envelope.message.partition_key if self.group.ordered else ""
            waits = key in stopped or (key in self.held and envelope.id not in self.returning)
            if self.group.ordered and waits:
                self.settled.append(Settled(envelope, behind=True))
                continue
            try:
                self.settled.append(self._decide_one(envelope))
            except NotLoaded as miss:
                missing[miss.kind].update(miss.keys)
            except Exception as error:
                self.settled.append(Settled(envelope, error=error))
                stopped.add(key)
        return missing

    def decide_not(self, refusal: Exception) -> None:
        """The database refuses what these messages lead to: all of them fail, none is decided."""
        self.current, self.timers, self.cancelled = defaultdict(dict), {}, set()
        self.settled = [Settled(envelope, error=refusal) for envelope in self.envelopes]

    def _decide_one(self, envelope: Envelope) -> Settled:
        view = View(self, envelope)
        rule = self.group.rule(type(envelope.message))
        outcomes = list(rule(envelope.message, view, self.now))
        rows = {(type(one), one.key): one for one in outcomes if isinstance(one, Row)}
        for (kind, key), row in rows.items():
            if kind in self.group.remembering and not row.cause:  # type: ignore[attr-defined]  # Group looked for it
                rows[kind, key] = replace(row, cause=envelope.cause)  # type: ignore[type-var]  # every row is a dataclass
        view.check(rows)
        for one in outcomes:
            # A row created unread and deleted again would never meet the table, where one might have stood.
            if isinstance(one, Gone) and one.key not in self.loaded[one.kind]:
                raise NotLoaded(one.kind, [one.key])
        return self._apply(envelope, rule.__name__, rows, self._numbered(outcomes, rows, view))

    def _numbered(self, outcomes: list[Outcome], rows: dict[tuple[type[Row], Any], Row], view: View) -> list[Numbered]:
        """Give each event of an aggregate's history its number; the aggregate's row counts them."""
        numbered: list[Numbered] = []
        for one in outcomes:
            outcome, cause = (one.outcome, one.cause) if isinstance(one, Because) else (one, "")
            if isinstance(outcome, Event) and outcome.aggregate:
                kind = self.group.aggregate(outcome.aggregate)
                row = rows.get((kind, outcome.subject)) or view.get(kind, outcome.subject)
                if row is not None:
                    sequence = row.sequence + 1  # type: ignore[attr-defined]  # Group checks that the field is there
                    rows[kind, outcome.subject] = replace(row, sequence=sequence)  # type: ignore[type-var]
                    numbered.append((outcome, sequence, cause))
                    continue
            if not isinstance(outcome, Row):
                numbered.append((outcome, None, cause))
        return numbered

    def _apply(
        self, given: Envelope, handler: str, rows: Mapping[tuple[type[Row], Any], Row], rest: Iterable[Numbered]
    ) -> Settled:
        settled, name = Settled(given), self.group.name
        gone: list[Gone] = []
        for ordinal, (outcome, sequence, earlier) in enumerate(rest):
            cause = given.because(earlier) if earlier else given
            if isinstance(outcome, After):
                message = outcome.message
                timer = (message.topic, message.subject)
                self.timers[timer] = cause.rings(message, name, handler, ordinal, outcome.at)
                self.cancelled.discard(timer)
            elif isinstance(outcome, Cancel):
                timer = (outcome.kind.topic, str(outcome.subject))
                self.timers.pop(timer, None)
                self.cancelled.add(timer)
            elif isinstance(outcome, Gone):
                gone.append(outcome)
            elif isinstance(outcome, Told):
                self.group.check_sends(type(outcome.event))
                sent = cause.causes(outcome.event, name, handler, ordinal, self.now)
                settled.sent.append(replace(sent, id=outcome.id, sequence=outcome.sequence))
            else:
                self.group.check_sends(type(outcome))
                sent = cause.causes(outcome, name, handler, ordinal, self.now)
                settled.sent.append(replace(sent, sequence=sequence) if sequence else sent)
        for (kind, key), row in rows.items():
            self.current[kind][key] = row
        for one in gone:
            self.current[one.kind][one.key] = None
        return settled

    @property
    def done(self) -> list[Settled]:
        return [one for one in self.settled if one.done]

    def created(self, kind: type[R]) -> list[R]:
        return [row for before, row in self._written(kind) if before is None and row is not None]

    def changed(self, kind: type[R]) -> list[R]:
        return [row for before, row in self._written(kind) if before is not None and row is not None and row != before]

    def deleted(self, kind: type[R]) -> list[Any]:
        return [before.key for before, row in self._written(kind) if before is not None and row is None]

    def _written(self, kind: type[R]) -> Iterator[tuple[R | None, R | None]]:
        """Before and after, by key: every statement of several rows is sorted (architecture.md section 4)."""
        loaded, current = self.loaded[kind], self.current[kind]
        for key in sorted(current):
            yield loaded.get(key), current[key]  # type: ignore[misc]  # a row is filed under its own type


class View:
    """The rows as one decision sees them, remembering which it read."""

    __slots__ = ("_batch", "_read", "cause")

    def __init__(self, batch: Batch, cause: Envelope) -> None:
        self._batch, self.cause = batch, cause
        self._read: set[tuple[type[Row], Any]] = set()

    def get(self, kind: type[R], key: object) -> R | None:
        return self.each(kind, (key,)).get(key)

    def each(self, kind: type[R], keys: Iterable[object]) -> dict[Any, R]:
        current, loaded = self._batch.current[kind], self._batch.loaded[kind]
        keys = list(keys)
        if missing := [key for key in keys if key not in current and key not in loaded]:
            if not self._batch.group.knows(kind):
                raise NotDeclared(f"{kind.__name__} has no table in group {self._batch.group.name}")
            raise NotLoaded(kind, missing)
        self._read.update((kind, key) for key in keys)
        found = ((key, current[key] if key in current else loaded[key]) for key in keys)
        return {key: row for key, row in found if row is not None}  # type: ignore[misc]  # as above

    def check(self, rows: Mapping[tuple[type[Row], Any], Row]) -> None:
        """One by one, the second creation of a row breaks on the primary key; so it must within a batch."""
        for (kind, key), row in rows.items():
            if not row.holds:
                raise InvariantBroken(f"{kind.__name__} would break its invariant")
            current, loaded = self._batch.current[kind], self._batch.loaded[kind]
            if (kind, key) not in self._read and (current[key] if key in current else loaded.get(key)) is not None:
                raise BlindWrite(f"{kind.__name__} {key} exists and was not read")
