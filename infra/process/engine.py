"""The reaction of one saga definition to answers, silence and operators. Pure; it knows no domain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Literal

from contracts.message import Command, Message
from infra.decision import After, Cancel, Outcomes, Rows
from infra.process.progress import POSSIBLY_DONE, Progress
from infra.process.step import AGAIN_AFTER_PIVOT, UNDO_AGAIN, No, P, Step, nothing

Action = Literal["retry", "compensate", "skip"]


def _open_road(saga: Progress, participant: str, silent: bool, rows: Rows) -> bool:
    return False


def _no_ear(saga: Progress, participant: str, answered: bool, rows: Rows) -> Outcomes:
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Process(Generic[P]):
    """The steps in order; from `pivot` on nothing is undone by itself.

    `overdue` makes the timer's message; it must carry the row's `asks`. `completed`, `compensated` and `stuck` yield
    the row as it ends and the events that say so; `resumed` is the row of a stuck saga that goes on after all.
    `blocked` asks the breaker of a participant, before the command goes out or when it stayed silent; `heard` learns
    whether a participant answered in time.
    """

    name: str
    version: int = 1
    steps: tuple[Step[P], ...]
    pivot: str
    overdue: Callable[[P], Command]
    completed: Callable[[P], Outcomes]
    compensated: Callable[[P], Outcomes]
    stuck: Callable[[P], Outcomes]
    resumed: Callable[[P], P]
    blocked: Callable[[P, str, bool, Rows], bool] = _open_road
    heard: Callable[[P, str, bool, Rows], Outcomes] = _no_ear

    def start(self, saga: P, rows: Rows, now: datetime) -> Outcomes:
        names = {step.name for step in self.steps}
        kept = [mark for mark in saga.steps if mark["name"] not in names]
        fresh = [{"name": step.name, "status": "waiting", "at": None, "reason": ""} for step in self.steps]
        begun = saga.begun(saga=self.name, version=self.version, state="running", backwards=False, failed="", reason="")
        yield from self._forward(begun.moved(steps=kept + fresh), 0, rows, now)

    def answer(self, saga: P, message: Message, rows: Rows, now: datetime) -> Outcomes:
        """What the present step does not wait for is late or a duplicate, and changes nothing."""
        position, step = self._present(saga)
        if message.__class__ not in step.answers:
            return
        if saga.backwards:
            yield from self._undoing(saga, position, message, now)
        elif isinstance(message, step.done or ()):
            yield from self.heard(saga, step.participant, True, rows)
            learnt = step.learn(self._awake(saga), message)
            if isinstance(learnt, No):
                refused = self._awake(saga).marked(step.name, "done", now)
                yield from self._turn(refused, position, learnt.reason, now)
            else:
                done = learnt.marked(step.name, "done", now)
                if done.status_of(step.undoes) == "done":
                    done = done.marked(step.undoes, "compensated", now)
                yield from self._forward(done, position + 1, rows, now)
        elif isinstance(message, step.refused or ()) and saga.status_of(step.name) == "running":
            yield from self.heard(saga, step.participant, True, rows)
            reason = str(getattr(message, "reason", "refused"))
            refused = self._awake(saga).marked(step.name, "failed", now, reason)
            if position < self._pivot:
                yield from self._turn(refused, position - 1, reason, now)
            else:
                yield from self._give_up(refused.moved(failed=step.name, reason=reason), now)

    def silence(self, saga: P, rows: Rows, now: datetime) -> Outcomes:
        """The deadline of the present question has passed."""
        position, step = self._present(saga)
        saga = saga.noted(step.name, "silent", now)
        if saga.backwards:
            if saga.attempts < UNDO_AGAIN:
                yield from self._ask_undo(saga, step, saga.attempts + 1, now)
            else:
                yield from self._give_up(saga, now)
            return
        yield from self.heard(saga, step.participant, False, rows)
        if step.otherwise and self.blocked(saga, step.participant, True, rows):
            yield step.otherwise.abandon(saga)
            yield from self._instead(saga, position, rows, now)
        elif saga.attempts < (step.retries if position < self._pivot else AGAIN_AFTER_PIVOT):
            yield from self._ask(saga, step, saga.attempts + 1, now)
        elif position < self._pivot and step.undo:
            yield from self._turn(saga, position, f"{step.name}_timeout", now, attempts=1)
        else:
            yield from self._give_up(saga.moved(failed=step.name, reason=f"{step.name}_timeout"), now)

    def may(self, action: Action, saga: P) -> bool:
        """Retry and skip need a stuck saga; a forced compensation needs an undoing for all that may have happened."""
        if action != "compensate":
            return saga.state == "stuck"
        happened = [step for step in self.steps if step.do and saga.status_of(step.name) in POSSIBLY_DONE]
        return saga.state in ("running", "stuck") and not saga.backwards and all(step.undo for step in happened)

    def mend(self, action: Action, saga: P, note: str, rows: Rows, now: datetime) -> Outcomes:
        """The note, who and why, goes into the history; the reason of a saga stays the one it is stuck for.

        What happens then belongs to the operation that started the saga.
        """
        yield from saga.on_behalf(self._mended(action, saga, note, rows, now))

    def _mended(self, action: Action, saga: P, note: str, rows: Rows, now: datetime) -> Outcomes:
        position, step = self._present(saga)
        saga = self._awake(saga).noted(step.name, action, now, note)
        if action == "compensate":
            yield from self._turn(saga, position, saga.reason or "operator", now, running="operator")
        elif action == "skip":
            skipped = saga.marked(step.name, "skipped", now, "operator")
            if saga.backwards:
                yield from self._back(skipped, position - 1, now)
            else:
                yield from self._forward(skipped, position + 1, rows, now)
        elif saga.backwards:
            yield from self._ask_undo(saga, step, 0, now)
        else:
            yield from self._ask(saga.marked(step.name, "running", now), step, 0, now)

    def _forward(self, saga: P, position: int, rows: Rows, now: datetime) -> Outcomes:
        """On to the next step that has to be waited for, or to the end."""
        if position == len(self.steps):
            yield from self._end(saga.moved(state="completed", failed="", reason=""), self.completed)
            return
        step = self.steps[position]
        if step.needless(saga):
            yield from self._forward(saga.marked(step.name, "skipped", now), position + 1, rows, now)
        elif step.do is None:
            yield from self._forward(saga.marked(step.name, "done", now), position + 1, rows, now)
        elif step.otherwise and self.blocked(saga, step.participant, False, rows):
            yield from self._instead(saga, position, rows, now)
        else:
            yield from self._ask(saga.marked(step.name, "running", now), step, 0, now)

    def _instead(self, saga: P, position: int, rows: Rows, now: datetime) -> Outcomes:
        step = self.steps[position]
        assert step.otherwise is not None
        taken = step.otherwise.take(saga, rows)
        if isinstance(taken, No):
            failed = saga.marked(step.name, "failed", now, taken.reason)
            yield from self._turn(failed, position - 1, taken.reason, now, step.name)
        else:
            skipped = taken.marked(step.name, "skipped", now, step.otherwise.mode)
            yield from self._forward(skipped, position + 1, rows, now)

    def _turn(
        self, saga: P, position: int, reason: str, now: datetime, failed: str = "", attempts: int = 0, running: str = "timeout"
    ) -> Outcomes:
        """From here on backwards, beginning with the step at this position; `running` is why it is not waited for."""
        turned = saga.moved(state="compensating", backwards=True, failed=failed or saga.step, reason=reason)
        yield from self._back(turned, position, now, attempts, running)

    def _undoing(self, saga: P, position: int, message: Message, now: datetime) -> Outcomes:
        step = self.steps[position]
        if isinstance(message, step.undone or ()):
            undone = step.forget(self._awake(saga), message).marked(step.name, "compensated", now)
            yield from self._back(undone, position - 1, now)
        elif isinstance(message, step.never or ()):
            yield from self._back(self._awake(saga).marked(step.name, "failed", now), position - 1, now)
        elif isinstance(message, step.cannot or ()) and saga.state != "stuck":
            reason = str(getattr(message, "reason", "refused"))
            yield from self._give_up(saga.noted(step.name, "cannot be undone", now, reason), now)

    def _back(self, saga: P, position: int, now: datetime, attempts: int = 0, running: str = "timeout") -> Outcomes:
        """Back to the last step that may have been done, or to the end."""
        for step in reversed(self.steps[: position + 1]):
            if step.undo and (status := saga.status_of(step.name)) in POSSIBLY_DONE:
                if status == "running":
                    saga = saga.marked(step.name, "failed", now, running)
                if step.undo(saga) is not None:
                    yield from self._ask_undo(saga, step, attempts, now)
                    return
                if step.undo is not nothing:
                    saga = saga.marked(step.name, "compensated", now)
        yield from self._end(saga.moved(state="compensated"), self.compensated)

    def _ask(self, saga: P, step: Step[P], attempts: int, now: datetime) -> Outcomes:
        assert step.do is not None
        yield from self._asked(saga.moved(state="running"), step, step.do(saga), attempts, now)

    def _ask_undo(self, saga: P, step: Step[P], attempts: int, now: datetime) -> Outcomes:
        """Or on, when what was to be undone is there no more."""
        if (command := step.undo(saga) if step.undo else None) is not None:
            yield from self._asked(saga.moved(state="compensating"), step, command, attempts, now)
        else:
            yield from self._back(saga, self.steps.index(step) - 1, now)

    def _asked(self, saga: P, step: Step[P], command: Command, attempts: int, now: datetime) -> Outcomes:
        deadline = now + step.patience(attempts)
        asked = saga.moved(
            step=step.name, waits_for=step.participant, attempts=attempts, asks=saga.asks + 1,
            deadline=deadline, updated_at=now,
        )  # fmt: skip
        yield command
        yield After(deadline, self.overdue(asked))
        yield asked

    def _give_up(self, saga: P, now: datetime) -> Outcomes:
        stuck = saga.moved(state="stuck", waits_for="", deadline=None, updated_at=now)
        yield from self.stuck(stuck.noted(saga.step, "stuck", now, saga.reason))

    def _end(self, saga: P, ending: Callable[[P], Outcomes]) -> Outcomes:
        yield Cancel(type(self.overdue(saga)), saga.key)
        yield from ending(saga.moved(step="", waits_for="", attempts=0, deadline=None))

    def _awake(self, saga: P) -> P:
        return self.resumed(saga) if saga.state == "stuck" else saga

    def _present(self, saga: P) -> tuple[int, Step[P]]:
        return next((n, step) for n, step in enumerate(self.steps) if step.name == saga.step)

    @property
    def _pivot(self) -> int:
        return next(n for n, step in enumerate(self.steps) if step.name == self.pivot)
