"""A process goes by its database's clock, whatever happens to its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from infra import clock, ids

MINUTES = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def put_right() -> Iterator[None]:
    yield
    clock.agree(datetime.now(UTC), clock.utcnow())


def test_a_process_that_is_minutes_off_takes_its_databases_time_and_ids_follow() -> None:
    clock.agree(datetime.now(UTC) + MINUTES, clock.utcnow())
    assert abs(clock.utcnow() - datetime.now(UTC) - MINUTES) < timedelta(seconds=1)
    assert abs(ids.moment(ids.root()) - clock.utcnow()) < timedelta(seconds=1)


def test_setting_the_machines_clock_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = clock.utcnow()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert timedelta() <= clock.utcnow() - before < timedelta(seconds=1)
    assert abs(ids.moment(ids.root()) - before) < timedelta(seconds=1)


def test_a_small_difference_is_no_reason_to_jump() -> None:
    clock.agree(clock.utcnow() - timedelta(milliseconds=100), clock.utcnow())
    assert abs(clock.utcnow() - datetime.now(UTC)) < timedelta(milliseconds=50)


def test_an_answer_that_was_heard_late_is_no_reason_to_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = clock.utcnow()
    later = time.monotonic() + 5
    monkeypatch.setattr(time, "monotonic", lambda: later)
    clock.agree(asked + timedelta(seconds=1), asked)
    assert clock.utcnow() - asked > timedelta(seconds=4.9)
    clock.agree(asked - timedelta(seconds=1), asked)
    assert clock.utcnow() == asked - timedelta(seconds=1)
