"""A consumer group: what one domain decides, answers and does, and the tables it keeps. A declaration; it does no I/O."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.message import Answer, Command, Event, Job, Message, Query, domain_of
from infra.decision import AnyDecision, Decision, Row
from infra.errors import NotDeclared
from infra.store import Lookup, PerKey, Store

if TYPE_CHECKING:
    from infra.jobs import Progressing, Reading

M = TypeVar("M", bound=Message)
Q = TypeVar("Q", bound=Query)
J = TypeVar("J", bound=Job)

Answering: TypeAlias = Callable[[Any, AsyncConnection], Awaitable[Answer | None]]
Doing: TypeAlias = Callable[..., Awaitable[Sequence[Message]]]
Committed: TypeAlias = Callable[[Mapping[type[Row], Mapping[Any, Row | None]]], None]


class Group:
    """One domain's part in the conversation.

    `tables` are locked in the order in which they stand. `lookups` are read-only, unlocked selects by key.
    `aggregates` tells which row counts the events of which history. `sends` are the commands of other domains and the
    jobs that the rules may yield: the broker refuses all others. `partitions` is fixed from the day the group is
    created. An `ordered` group parks later messages of a key behind a failing one.
    """

    def __init__(
        self,
        name: str,
        *,
        tables: Mapping[type[Row], sa.Table],
        metadata: sa.MetaData,
        lookups: Mapping[type[Row], sa.Select[Any] | PerKey] | None = None,
        aggregates: Mapping[str, type[Row]] | None = None,
        sends: Iterable[type[Message]] = (),
        partitions: int = 1,
        ordered: bool = False,
    ) -> None:
        self.name, self.metadata, self.partitions, self.ordered = name, metadata, partitions, ordered
        self.stores: dict[type[Row], Store[Any]] = {kind: Store(kind, table) for kind, table in tables.items()}
        self.lookups: dict[type[Row], Lookup[Any]] = {kind: Lookup(kind, select) for kind, select in (lookups or {}).items()}
        self.aggregates = dict(aggregates or {})
        for kind in self.aggregates.values():
            if "sequence" not in {field.name for field in fields(kind)}:  # type: ignore[arg-type]  # rows are dataclasses
                raise TypeError(f"{kind.__name__} counts events and needs the field `sequence: int = 0`")
        self.remembering = frozenset(kind for kind in self.stores if "cause" in kind.__match_args__)
        self.sends = frozenset(sends)
        self.decisions: dict[type[Message], AnyDecision] = {}
        self.answering: dict[type[Query], Answering] = {}
        self.doing: dict[type[Job], Doing] = {}
        self.studying: set[type[Job]] = set()
        self.listeners: list[Committed] = []
        self._topics: dict[str, type[Message]] = {}

    def on(self, kind: type[M], decision: Decision[M]) -> None:
        """This group decides the command, or listens to the event. mypy checks that the rule takes this message."""
        if kind in self.decisions:
            raise ValueError(f"{self.name} already decides {kind.__name__}")
        if issubclass(kind, Command) and domain_of(kind.topic) != self.name:
            raise ValueError(f"{kind.topic} belongs to another domain than {self.name}")
        self.decisions[kind] = decision
        self._topics[kind.topic] = kind

    def answers(self, kind: type[Q], answer: Callable[[Q, AsyncConnection], Awaitable[Answer | None]]) -> None:
        """This group answers the query; None means that there is no such thing."""
        self.answering[kind] = answer

    def does(self, kind: type[J], work: Callable[[J, Progressing], Awaitable[Sequence[Message]]]) -> None:
        """This group's job workers do the job; what it returns goes out, once per job id."""
        self.doing[kind] = work

    def studies(self, kind: type[J], work: Callable[[J, Progressing, Reading], Awaitable[Sequence[Message]]]) -> None:
        """As `does`, for a job that names its material instead of carrying it: it reads this domain's own database."""
        self.does(kind, work)  # type: ignore[arg-type]  # the job worker gives it the third argument
        self.studying.add(kind)

    def after_commit(self, listener: Committed) -> None:
        """Called with the rows that each committed batch saved, by key (None: deleted), in this process.

        What is lost here is lost: good for waking somebody who then reads, never for telling a truth.
        """
        self.listeners.append(listener)

    def rule(self, kind: type[Message]) -> AnyDecision:
        return self.decisions[kind]

    def kind(self, topic: str) -> type[Message] | None:
        """The type behind a topic, of those that this group decides."""
        return self._topics.get(topic)

    def knows(self, kind: type[Row]) -> bool:
        return kind in self.stores or kind in self.lookups

    def aggregate(self, name: str) -> type[Row]:
        try:
            return self.aggregates[name]
        except KeyError:
            raise NotDeclared(f"{self.name} names no row for the aggregate {name!r}") from None

    def check_sends(self, kind: type[Message]) -> None:
        """Raises NotDeclared for what the broker would refuse anyway, before it is stored."""
        own = domain_of(kind.topic) == self.name
        if kind not in self.sends and not (own and issubclass(kind, Event | Job | Command)):
            raise NotDeclared(f"{self.name} does not declare that it sends {kind.topic}")

    def asked(self, *, slow: bool) -> list[type[Query]]:
        """The queries this group answers at once, or in its own time."""
        return [kind for kind in self.answering if kind.slow is slow]

    @property
    def heard(self) -> list[type[Event]]:
        """The events this group listens to."""
        return [kind for kind in self.decisions if issubclass(kind, Event)]

    @property
    def lanes(self) -> list[str]:
        """The queues of the lanes."""
        return [self.name] if self.partitions == 1 else [f"{self.name}.{n}" for n in range(self.partitions)]
