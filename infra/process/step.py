"""One step of a saga with its compensation beside it, and the road taken when its participant is away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from contracts.message import Command, Event
from infra.decision import Rows
from infra.process.progress import Progress

P = TypeVar("P", bound=Progress)

LONGEST_WAIT = timedelta(minutes=10)
AGAIN_AFTER_PIVOT = 5
UNDO_AGAIN = 5
"""Questions repeated after the first, with growing waits (30 s, 1, 2, 4, 8, 10 min), before an operator is called."""


@dataclass(frozen=True, slots=True)
class No:
    """The saga cannot go on with what it has learnt, for this reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative(Generic[P]):
    """What is done instead while the participant's breaker is open.

    `take` answers the row as it goes on, or No. `abandon` is sent when the command was given up after it had gone out:
    its compensation, whose answer nobody waits for because the participant is away. It is the next thing the
    participant reads about this saga, so a late action is undone, or refused when the compensation comes first.
    """

    mode: str
    take: Callable[[P, Rows], P | No]
    abandon: Callable[[P], Command]


def _as_it_is(saga: P, answer: Any) -> P:
    return saga


def nothing(saga: Progress) -> None:
    """The undoing of a step that leaves nothing behind, such as a question: its mark stays, and nobody is asked."""


def _never(saga: Progress) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[P]):
    """`do` and the answers it may get; a step without `do` is done when it is reached.

    `within` is the patience of the first question, doubled for each repetition. `retries` repetitions come before the
    step is given up. `learn` puts what the answer says on the row, `forget` what the answer of the compensation says.
    `undo` may answer None: what was done is gone already. Of a step that leaves nothing behind it is `nothing`.
    `never` is the compensation's answer that nothing had been done, `cannot` that it is too late to undo. A step that
    undoes one of an earlier saga names it in `undoes`, and that one is compensated when this one is done.
    """

    name: str
    participant: str = ""
    do: Callable[[P], Command] | None = None
    done: type[Event] | None = None
    learn: Callable[[P, Any], P | No] = _as_it_is
    refused: type[Event] | None = None
    within: timedelta = timedelta(seconds=30)
    retries: int = 0
    undo: Callable[[P], Command | None] | None = None
    undone: type[Event] | None = None
    forget: Callable[[P, Any], P] = _as_it_is
    never: type[Event] | None = None
    cannot: type[Event] | None = None
    undoes: str = ""
    needless: Callable[[P], bool] = _never
    otherwise: Alternative[P] | None = None

    @property
    def answers(self) -> set[type[Event]]:
        kinds = (self.done, self.refused, self.undone, self.never, self.cannot)
        return {kind for kind in kinds if kind is not None}

    def patience(self, attempts: int) -> timedelta:
        return min(self.within * (1 << attempts), max(LONGEST_WAIT, self.within))
