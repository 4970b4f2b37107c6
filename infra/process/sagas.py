"""All saga definitions that may be at work on one kind of row, each instance pinned to the one it began with."""

from collections.abc import Sequence
from datetime import datetime
from typing import Generic

from contracts.message import Event, Message
from infra.decision import Outcomes, Rows
from infra.process.engine import Action, Process
from infra.process.progress import ONGOING
from infra.process.step import P


class Sagas(Generic[P]):
    """A row has at most one saga at a time. An older version stays listed until its last instance has ended."""

    def __init__(self, row: type[P], processes: Sequence[Process[P]]) -> None:
        self._row = row
        self._pinned = {(process.name, process.version): process for process in processes}
        if len(self._pinned) != len(processes):
            raise ValueError("two processes share a name and a version")

    @property
    def answers(self) -> list[type[Event]]:
        """Every event some step waits for, in a stable order."""
        kinds = {kind for process in self._pinned.values() for step in process.steps for kind in step.answers}
        return sorted(kinds, key=lambda kind: kind.topic)

    def answer(self, message: Message, rows: Rows, now: datetime) -> Outcomes:
        """The decision of every answer of every step; the message's subject is the saga's key."""
        saga = rows.get(self._row, message.subject)
        if saga is not None and saga.state in ONGOING:
            yield from self._process(saga).answer(saga, message, rows, now)

    def silence(self, key: str, asks: int, rows: Rows, now: datetime) -> Outcomes:
        """The timer with this number rang; a saga that has asked since does not mind."""
        saga = rows.get(self._row, key)
        if saga is not None and saga.state in ("running", "compensating") and saga.asks == asks:
            yield from self._process(saga).silence(saga, rows, now)

    def may(self, action: Action, saga: P) -> bool:
        return saga.state in ONGOING and self._process(saga).may(action, saga)

    def mend(self, action: Action, saga: P, note: str, rows: Rows, now: datetime) -> Outcomes:
        """An operator's word; ask `may` first."""
        yield from self._process(saga).mend(action, saga, note, rows, now)

    def _process(self, saga: P) -> Process[P]:
        """Raises KeyError for a version that is no longer listed: the message is parked until it is again."""
        return self._pinned[saga.saga, saga.version]
