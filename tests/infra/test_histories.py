"""A domain that keeps nothing but its events: a lamp that can be lit once, decided from its history alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
import sqlalchemy as sa

from contracts.eventstore import AppendConflicted, AppendEvents, EventsAppended, StoredEvent
from contracts.message import Command, Event, Refusal, catalogue
from infra import ids
from infra.decision import Outcome
from infra.group import Group
from infra.histories import REDECISIONS, Histories, History
from infra.spec import NOON, Spec


class LampLit(Event):
    topic, about, aggregate = "toylamp.lamp-lit.v1", "lamp_id", "lamp"
    lamp_id: str


class LampRefused(Refusal):
    topic, about = "toylamp.lamp-refused.v1", "lamp_id"
    lamp_id: str


class LightLamp(Command):
    topic, about = "toylamp.light-lamp.v1", "lamp_id"
    lamp_id: str


class Darken(Command):
    topic, about = "toylamp.darken.v1", "lamp_id"
    lamp_id: str


@dataclass(frozen=True)
class Lamp:
    lit: int = 0


def light(command: LightLamp, lamp: Lamp, now: datetime) -> Iterator[Outcome]:
    if lamp.lit >= 3:
        yield LampRefused(lamp_id=command.lamp_id, reason="burnt_out")
        return
    yield LampLit(lamp_id=command.lamp_id)
    yield Darken(lamp_id=command.lamp_id)


def busy(command: LightLamp) -> Iterator[Outcome]:
    yield LampRefused(lamp_id=command.lamp_id, reason="busy")


@pytest.fixture
def group(monkeypatch: pytest.MonkeyPatch) -> Group:
    words = {kind.topic: kind for kind in (LampLit, LightLamp, Darken)}
    monkeypatch.setattr("infra.histories.catalogue", lambda: catalogue() | words)
    lamps = History("lamp", Lamp(), lambda lamp, event: replace(lamp, lit=lamp.lit + 1), busy)
    lamps.on(LightLamp, light)
    found = Group("toylamp", tables={}, metadata=sa.MetaData(), sends=(AppendEvents,))
    Histories("toylamp", lamps).wire(found)
    return found


def asked(spec: Spec) -> AppendEvents:
    (only,) = spec.sent
    assert isinstance(only, AppendEvents)
    return only


def stored(*versions: int) -> tuple[StoredEvent, ...]:
    return tuple(
        StoredEvent(
            position=n, event_id=ids.root(), type=LampLit.topic, source="toylamp", subject="L", stream="lamp:L", version=n,
            time=NOON, correlation=ids.root(), data={"lamp_id": "L"},
        )
        for n in versions
    )  # fmt: skip


def appended(question: AppendEvents, *events: StoredEvent) -> EventsAppended:
    version = events[-1].version if events else 0
    return EventsAppended(
        append_id=question.append_id, stream="lamp:L", owner="toylamp", version=version or 0, events=events,
        context=question.context,
    )  # fmt: skip


def conflicted(question: AppendEvents, *newer: StoredEvent, current: int = 0) -> AppendConflicted:
    return AppendConflicted(
        append_id=question.append_id, stream="lamp:L", owner="toylamp", expected_version=question.expected_version,
        current_version=current or newer[-1].version or 0, newer=newer, context=question.context,
    )  # fmt: skip


@pytest.mark.req("S2-35", "S2-37")
def test_the_first_decision_is_appended_and_then_told(group: Group) -> None:
    spec = Spec(group).when(LightLamp(lamp_id="L"))
    question = asked(spec)
    assert (question.expected_version, [one.type for one in question.events]) == (0, [LampLit.topic])
    spec.when(appended(question, *stored(1))).then(LampLit(lamp_id="L"), Darken(lamp_id="L"))
    assert not spec.rows


def test_a_conflict_is_decided_again_with_the_newer_events(group: Group) -> None:
    spec = Spec(group).when(LightLamp(lamp_id="L"))
    again = asked(spec.when(conflicted(asked(spec), *stored(1, 2))))
    assert (again.expected_version, len(again.events)) == (2, 1)
    spec.when(conflicted(again, *stored(3))).then(LampRefused(lamp_id="L", reason="burnt_out"))


def test_a_long_history_is_read_page_by_page(group: Group) -> None:
    spec = Spec(group).when(LightLamp(lamp_id="L"))
    more = asked(spec.when(conflicted(asked(spec), *stored(1, 2), current=3)))
    assert (more.expected_version, more.events) == (2, ())
    spec.when(conflicted(more, *stored(3))).then(LampRefused(lamp_id="L", reason="burnt_out"))


def test_a_history_that_is_not_shown_yet_is_asked_for_once_more(group: Group) -> None:
    """Another's events of the same batch at the event store count, but cannot be seen before its commit."""
    spec = Spec(group).when(LightLamp(lamp_id="L"))
    assert asked(spec.when(conflicted(asked(spec), current=1))).events == ()


def test_who_is_always_slower_is_told_so(group: Group) -> None:
    spec = Spec(group).when(LightLamp(lamp_id="L"))
    reread = conflicted(asked(spec), *stored(1))
    for n in range(REDECISIONS):
        again = asked(spec.when(reread))
        assert again.events
        # Others light and mend it: one more event each time, of which this state sees none.
        reread = conflicted(again, current=again.expected_version) if n else conflicted(again, current=1)
    spec.when(reread).then(LampRefused(lamp_id="L", reason="busy"))


def test_answers_to_other_domains_are_theirs(group: Group) -> None:
    spec = Spec(group).when(LightLamp(lamp_id="L"))
    question = asked(spec)
    other = {"owner": "another"}
    spec.when(appended(question, *stored(1)).model_copy(update=other)).then()
    spec.when(conflicted(question, *stored(1)).model_copy(update=other)).then()
