"""Deciding from events alone: for a domain whose only state is the histories it has in the event store (S2-37).

A decision reads no rows. It is given the state that the events of one history add up to, and what it says of that
history is appended at the version it has seen. The question, with the state so far, travels with the append and comes
back with the answer, so the domain keeps nothing while it waits and needs no table of its own:

    command ─▶ decide from nothing ─▶ append, expecting version 0
        appended   ─▶ the events go out, under the ids and versions that they got
        conflicted ─▶ add the newer events to the state, decide again, append at that version; at most 5 times

A history that exists already answers the first append with its events: reading and conflicting are one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from pydantic import TypeAdapter

from contracts.eventstore import AppendConflicted, AppendEvents, AppendRefused, EventsAppended, NewEvent
from contracts.message import Event, Message, catalogue
from infra.decision import Outcome, Outcomes, RowsAndCause, Told

S = TypeVar("S")
M = TypeVar("M", bound=Message)
REDECISIONS = 5
"""After so many conflicts `contended` says what is told."""

Decide: TypeAlias = Callable[[Any, Any, datetime], Iterable[Outcome]]


class History(Generic[S]):
    """The histories of one kind of thing. `empty` is the state before the first event, a frozen dataclass or a pydantic
    model of plain values; `evolve` adds one event to it and never raises; `contended` tells whoever asked that others
    were faster each time."""

    def __init__(
        self, aggregate: str, empty: S, evolve: Callable[[S, Event], S], contended: Callable[[Any], Iterable[Outcome]]
    ) -> None:
        self.aggregate, self.empty, self.evolve, self.contended = aggregate, empty, evolve, contended
        self.adapter: TypeAdapter[S] = TypeAdapter(type(empty))
        self.decisions: dict[type[Message], Decide] = {}
        self.about: dict[type[Message], str] = {}

    def on(self, kind: type[M], decide: Callable[[M, S, datetime], Iterable[Outcome]], about: str = "") -> None:
        """`decide(message, state, now)` yields events of this history, which are appended, and anything else, which goes
        out once they are. `about` is the field of the message that names the thing, if it is not its subject.

        It is run again after a conflict and once more, with the same arguments, when the events stand.
        """
        self.decisions[kind], self.about[kind] = decide, about

    def stream(self, message: Message) -> str:
        about = self.about[type(message)]
        return f"{self.aggregate}:{getattr(message, about) if about else message.subject}"


class Deciding(Protocol):
    """A group, as far as the wiring goes."""

    def on(self, kind: type[Any], decision: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Question:
    """What travels with an append: the message that asks, and the state as far as it is known."""

    type: str
    data: dict[str, Any]
    state: Any
    version: int
    read: bool
    tries: int
    at: str


class Histories:
    """All histories of one domain, and the three rules that it needs."""

    def __init__(self, owner: str, *histories: History[Any]) -> None:
        self.owner = owner
        self._by_kind = {kind: one for one in histories for kind in one.decisions}
        self._by_name = {one.aggregate: one for one in histories}

    def wire(self, group: Deciding) -> None:
        """The group declares that it sends AppendEvents."""
        for kind in self._by_kind:
            group.on(kind, self.begin)
        group.on(EventsAppended, self.appended)
        group.on(AppendConflicted, self.conflicted)
        group.on(AppendRefused, self.refused)

    def begin(self, message: Message, rows: RowsAndCause, now: datetime) -> Outcomes:
        history = self._by_kind[type(message)]
        empty = history.adapter.dump_python(history.empty, mode="json")
        asked = Question(message.topic, message.model_dump(mode="json"), empty, 0, False, 0, "")
        yield from self._decide(asked, rows, now)

    def appended(self, event: EventsAppended, rows: RowsAndCause, now: datetime) -> Outcomes:
        """What stands is told; then whatever else was decided with it."""
        if event.owner != self.owner:
            return
        asked = Question(**event.context)
        if not event.events:
            yield from self._decide(replace(asked, read=True), rows, now)
            return
        for one in event.events:
            yield Told(_event(one.type, one.data), one.event_id, one.version or 0)
        history, message, state = self._opened(asked)
        for outcome in history.decisions[type(message)](message, state, datetime.fromisoformat(asked.at)):
            if not _belongs(outcome, history):
                yield outcome

    def conflicted(self, event: AppendConflicted, rows: RowsAndCause, now: datetime) -> Outcomes:
        if event.owner != self.owner:
            return
        asked = Question(**event.context)
        history, message, state = self._opened(asked)
        version = asked.version
        for one in event.newer:
            state, version = history.evolve(state, _event(one.type, one.data)), one.version or version
        known = history.adapter.dump_python(state, mode="json")
        asked = replace(asked, state=known, version=version, read=version == event.current_version)
        if not asked.read:
            yield self._append(history, message, asked, (), rows, now)
        elif asked.tries > REDECISIONS:
            yield from history.contended(message)
        else:
            yield from self._decide(asked, rows, now)

    def refused(self, event: AppendRefused, rows: RowsAndCause, now: datetime) -> Outcomes:
        """Nobody else may write to these histories, so this is a mistake in the wiring, and shows as a dead letter."""
        if event.owner == self.owner:
            raise PermissionError(f"{self.owner} may not append to {event.stream.partition(':')[0]}")
        yield from ()

    def _decide(self, asked: Question, rows: RowsAndCause, now: datetime) -> Outcomes:
        history, message, state = self._opened(asked)
        outcomes = list(history.decisions[type(message)](message, state, now))
        events = [one for one in outcomes if isinstance(one, Event) and _belongs(one, history)]
        if events or not asked.read:
            asked = replace(asked, tries=asked.tries + bool(events), at=now.isoformat())
            yield self._append(history, message, asked, events, rows, now)
        else:
            yield from outcomes

    def _append(
        self, history: History[Any], message: Message, asked: Question, events: Iterable[Event], rows: RowsAndCause, now: datetime
    ) -> AppendEvents:
        return AppendEvents(
            append_id=str(rows.cause.names("append", 0, now)),
            stream=history.stream(message),
            expected_version=asked.version,
            events=tuple(NewEvent(type=one.topic, data=one.model_dump(mode="json")) for one in events),
            context=asdict(asked),
        )

    def _opened(self, asked: Question) -> tuple[History[Any], Message, Any]:
        message = catalogue()[asked.type].model_validate(asked.data)
        history = self._by_kind[type(message)]
        return history, message, history.adapter.validate_python(asked.state)


def _event(topic: str, data: dict[str, Any]) -> Event:
    """Raises KeyError for a type that this code does not know: a newer version of the domain wrote it."""
    event = catalogue()[topic].model_validate(data)
    assert isinstance(event, Event)
    return event


def _belongs(outcome: Outcome, history: History[Any]) -> bool:
    return isinstance(outcome, Event) and outcome.aggregate == history.aggregate
