"""The words a rule may use. Pure: the standard library and contracts, nothing else.

A rule is a generator: it reads rows, and whatever it yields happens, or nothing of it does.

    def decision(message, rows, now) -> Iterator[Outcome]

    yield row              the row is saved (a row that was never read is a new one)
    yield event, command   it goes out after the commit
    yield job              heavy or blocking work is done outside the lane
    yield After(at, m)     m comes back to this group at that time, unless
    yield Cancel(M, s)     says that the timer M about s is no longer wanted
    yield Gone(M, k)       the row of that kind and key is deleted
    yield Told(e, i, n)    an event goes out under the id and number that it has already
    yield Because(c, m)    m, a message or a timer, goes out on behalf of an earlier operation
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeAlias, TypeVar
from uuid import UUID

from contracts.message import Command, Event, Message


class Row:
    """Base of every frozen dataclass that is kept in a table. Its first field is its key.

    A row with a field `sequence: int = 0` is an aggregate: the kernel counts in it the events that belong to its
    history, and each such event carries its number. Rules leave the field alone.

    A row with a field `cause: str = ""` remembers an operation: where a rule saves it empty, the kernel writes into it
    on whose behalf that was. `Because` brings it back.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]]

    @property
    def key(self) -> Any:
        return getattr(self, self.__match_args__[0])

    @property
    def holds(self) -> bool:
        """The row's invariant, checked after every decision: a constraint sees only what a whole batch left.

        -10 and then +20 on a balance of 5 passes a CHECK at the end of the batch, but not one by one.
        """
        return True


@dataclass(frozen=True, slots=True)
class After:
    """A durable timer, named by its topic and subject: starting it again moves it. Precision 1 s, never early."""

    at: datetime
    message: Command


@dataclass(frozen=True, slots=True)
class Cancel:
    """Tidiness, not safety: a timer that is already on its way rings all the same."""

    kind: type[Command]
    subject: object


@dataclass(frozen=True, slots=True)
class Gone:
    """The row, which must have been read, is deleted."""

    kind: type[Row]
    key: object


@dataclass(frozen=True, slots=True)
class Told:
    """An event whose place in its history is settled elsewhere: the kernel neither names nor counts it."""

    event: Event
    id: UUID
    sequence: int


@dataclass(frozen=True, slots=True)
class Because:
    """Not the present message's operation is told of this, and closed by it, but the one that a row's `cause` names.

    Nobody has signed it: the actor of the present message is left out.
    """

    cause: str
    outcome: Message | After


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


def newer(known: Versioned | None, event: Versioned) -> bool:
    """Whether a copy should follow this event: the newest version wins, in whatever order they come."""
    return known is None or known.version < event.version


R = TypeVar("R", bound=Row)
M = TypeVar("M", bound=Message, contravariant=True)
Outcome: TypeAlias = Row | Message | After | Cancel | Gone | Told | Because
Outcomes: TypeAlias = Iterator[Outcome]


class Cause(Protocol):
    """The envelope of the message that is being decided, as far as a rule may care."""

    @property
    def id(self) -> UUID: ...

    @property
    def correlation(self) -> UUID: ...

    @property
    def source(self) -> str:
        """The domain that sent it."""
        ...

    def names(self, what: str, ordinal: int, at: datetime) -> UUID:
        """An id for the ordinal-th thing that this message makes; the same each time it is decided at that time."""
        ...


class Rows(Protocol):
    """The rows a decision may read, as the decisions before it left them.

    A row that the batch has not loaded yet interrupts the decision; the kernel loads what the whole
    batch asked for in one query per table and decides again. A pure decision may be run any number of times.
    """

    def get(self, kind: type[R], key: object) -> R | None: ...

    def each(self, kind: type[R], keys: Iterable[object]) -> dict[Any, R]:
        """Those of the rows that exist, by key."""
        ...


class RowsAndCause(Rows, Protocol):
    """For the few rules that must know who sent a message, or name something after it."""

    @property
    def cause(self) -> Cause: ...


class Decision(Protocol[M]):
    def __call__(self, message: M, rows: RowsAndCause, now: datetime, /) -> Outcomes: ...


AnyDecision: TypeAlias = Callable[[Any, RowsAndCause, datetime], Outcomes]
