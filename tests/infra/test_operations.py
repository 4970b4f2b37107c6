"""What the edge is told of a message that fails, fails again, and succeeds at last."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from infra import ids, operations
from infra.batch import Settled
from infra.envelope import Envelope
from tests.infra.harness import Add, Added

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
IDENTITY = ids.root(int(NOON.timestamp() * 1000))
ASKED = Envelope(IDENTITY, Add(name="a", amount=1), IDENTITY, IDENTITY, "edge", NOON, operation=Add.topic)


def told(attempt: int, status: str) -> tuple[Envelope, ...]:
    late = replace(ASKED, attempt=attempt)
    return tuple(operations.told([], [(late, status)], "toy", NOON + timedelta(seconds=attempt)))


def test_each_attempt_says_something_new_under_an_id_of_its_own() -> None:
    first, again, dead = told(0, "waiting"), told(1, "waiting"), told(2, "dead")
    assert len({one.id for one in first + again + dead}) == 3


def test_success_after_failures_is_no_repetition_of_them() -> None:
    before = told(0, "waiting")
    answer = ASKED.causes(Added(name="a", value=1), "toy", "add", 0, NOON)
    after = operations.told([Settled(ASKED, [replace(answer, operation=Add.topic)])], [], "toy", NOON + timedelta(seconds=5))
    assert not {one.id for one in before} & {one.id for one in after}


def test_the_same_attempt_decided_again_gives_the_same_id() -> None:
    assert [one.id for one in told(1, "waiting")] == [one.id for one in told(1, "waiting")]
