"""What a saga remembers between two messages, as fields of its row."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, Self

from contracts.message import Message
from infra.decision import After, Because, Outcomes, Row

State = Literal["running", "completed", "compensating", "compensated", "stuck"]
Mark = Literal["waiting", "running", "done", "failed", "compensated", "skipped"]

ONGOING = ("running", "compensating", "stuck")
POSSIBLY_DONE = ("done", "running")
"""A step that runs may have happened already: only its answer is missing."""

HISTORY = 50
"""Entries kept, newest last; an order that goes well has about five."""


class Progress(Row):
    """The domain's frozen dataclass repeats these fields after its own, and so do its columns.

    `saga` and `version` pin the definition an instance began with. `step` is the one that is asked for, or undone
    when `backwards`; `waits_for` names its participant and is empty when nobody is waited for. `attempts` counts the
    deadlines that passed in vain at this step. `asks` counts every question of the whole saga: it is the number on
    its one timer, so that a timer of an older question is recognised. `failed` is the step that turned the saga.

    `cause` is the operation that started the saga: what happens after an operator has mended it belongs to that one
    and closes it.
    """

    __slots__ = ()
    saga: str
    version: int
    state: State
    backwards: bool
    step: str
    waits_for: str
    attempts: int
    asks: int
    deadline: datetime | None
    failed: str
    reason: str
    steps: list[dict[str, Any]]
    history: list[dict[str, Any]]
    updated_at: datetime
    cause: str

    def moved(self, **changes: Any) -> Self:
        return replace(self, **changes)  # type: ignore[type-var]  # every row is a dataclass

    def begun(self, **changes: Any) -> Self:
        """A new saga on this row: its cause is whoever asks for it now."""
        return self.moved(**changes, cause="")

    def on_behalf(self, outcomes: Outcomes) -> Outcomes:
        """Whatever goes out goes out for the operation that started the saga; of an old one, nobody knows which."""
        for one in outcomes:
            yield Because(self.cause, one) if self.cause and isinstance(one, Message | After) else one

    def status_of(self, step: str) -> str:
        return next((mark["status"] for mark in self.steps if mark["name"] == step), "waiting")

    def marked(self, step: str, status: Mark, now: datetime, reason: str = "") -> Self:
        """The step has this status from now on, and the history knows when and why."""
        mark = {"name": step, "status": status, "at": now.isoformat(), "reason": reason}
        steps = [mark if old["name"] == step else old for old in self.steps]
        return self.moved(steps=steps, updated_at=now).noted(step, status, now, reason)

    def noted(self, step: str, what: str, now: datetime, reason: str = "") -> Self:
        entry = {"at": now.isoformat(), "step": step, "what": what, "reason": reason}
        return self.moved(history=[*self.history, entry][-HISTORY:])
