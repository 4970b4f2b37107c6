"""Appending, as facts: all or none, at the version that was seen, once for each id, by the owner alone."""

from __future__ import annotations

import pytest

from contracts.eventstore import AppendConflicted, AppendRefused, EventsAppended
from infra.spec import Spec
from tests.eventstore.words import LAMP, append, lit
from workers.eventstore import group
from workers.eventstore.rules.state import Entry, Log, Newer, Stream

NOTHING = Newer(f'["{LAMP}", 0]')


def given() -> Spec:
    return Spec(group, NOTHING)


def told(spec: Spec) -> EventsAppended:
    (only,) = spec.sent
    assert isinstance(only, EventsAppended)
    return only


@pytest.mark.req("S2-33", "S2-39")
def test_events_get_their_versions_and_positions() -> None:
    spec = given().when(append(lit(1), lit(2), who="me"), source="toy")
    answer = told(spec)
    assert [(one.version, one.position, one.data) for one in answer.events] == [(1, 1, {"n": 1}), (2, 2, {"n": 2})]
    assert (answer.version, answer.owner, answer.context) == (2, "toy", {"who": "me"})
    spec.leaves(Log("all", 2), Stream(LAMP, "toy", 2))
    entry = spec.row(Entry, 2)
    assert entry is not None and (entry.event_id, entry.stream, entry.version) == (answer.events[1].event_id, LAMP, 2)


def test_asked_again_it_is_answered_again() -> None:
    first = given().when(append(lit(1)), source="toy")
    answer = told(first)
    first.when(append(lit(2), expected=1, name="A-2"), source="toy")
    again = told(first.when(append(lit(1)), source="toy"))
    assert (again.events, again.version) == (answer.events, 2)
    first.leaves(Log("all", 2))


def test_two_in_one_batch_are_one_and_a_conflict() -> None:
    spec = given().when(append(lit(1)), append(lit(2), name="A-2"), source="toy")
    first, second = spec.sent
    assert isinstance(first, EventsAppended) and isinstance(second, AppendConflicted)
    assert (second.expected_version, second.current_version) == (0, 1)
    spec.leaves(Log("all", 1), Stream(LAMP, "toy", 1))


def test_without_events_it_reads() -> None:
    spec = given().when(append(), source="toy")
    assert told(spec).events == () and told(spec).version == 0
    assert spec.row(Log, "all") is None


@pytest.mark.parametrize(
    "row", [Stream(LAMP, "other", 3), Newer(f'["{LAMP}", 0]', [{"a copy": "of a history"}])], ids=["another's", "a copy"]
)
def test_nobody_appends_to_what_is_not_his(row: Stream | Newer) -> None:
    refusal = AppendRefused(append_id="A-1", stream=LAMP, owner="toy", reason="not_the_owner")
    Spec(group, row).when(append(lit(1), expected=3), source="toy").then(refusal)


def test_nobody_appends_the_events_of_another() -> None:
    refusal = AppendRefused(append_id="A-1", stream=LAMP, owner="other", reason="not_the_owner")
    given().when(append(lit(1)), source="other").then(refusal)
