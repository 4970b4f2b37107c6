"""What the event store makes of a bundle, as facts."""

from __future__ import annotations

import json

import pytest

from infra.spec import Spec
from tests.eventstore.words import bundle, sent
from workers.eventstore import group
from workers.eventstore.rules.state import Entry, Known, Log, Trace


def asked(*items: int, known: tuple[int, ...] = (), kind: str = "event") -> Known:
    names = {n: str(sent(n, kind).id) for n in (*items, *known)}
    return Known(json.dumps([names[n] for n in items]), [names[n] for n in known])


@pytest.mark.req("S2-34", "S2-9")
def test_events_are_counted_in_the_order_in_which_they_come() -> None:
    spec = Spec(group, Log("all", 7), asked(1, 2), asked(3)).when(bundle(sent(1), sent(2)), bundle(sent(3)))
    assert [spec.row(Entry, n).version for n in (8, 9, 10)] == [1, 2, 3]  # type: ignore[union-attr]
    spec.leaves(Log("all", 10)).then()


def test_what_is_known_is_passed_over_and_leaves_no_hole() -> None:
    spec = Spec(group, Log("all", 7), asked(1, 2, 3, known=(2,))).when(bundle(sent(1), sent(2), sent(3)))
    assert [spec.row(Entry, n).version for n in (8, 9)] == [1, 3]  # type: ignore[union-attr]
    spec.leaves(Log("all", 9))


@pytest.mark.parametrize("kind", ["command", "job", "timer"])
def test_of_anything_but_an_event_it_is_kept_that_it_was(kind: str) -> None:
    spec = Spec(group, asked(1, kind=kind)).when(bundle(sent(1, kind)))
    found = spec.row(Trace, sent(1, kind).id)
    assert found is not None and (found.kind, found.subject) == (kind, "L-1")
    assert spec.row(Log, "all") is None


def test_an_event_without_a_number_is_in_no_history() -> None:
    spec = Spec(group, asked(1)).when(bundle(sent(1, aggregate="", sequence=None)))
    entry = spec.row(Entry, 1)
    assert entry is not None and (entry.stream, entry.version) == (None, None)
