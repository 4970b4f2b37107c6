"""The breaker, by what it sees."""

from dataclasses import replace
from datetime import timedelta

import pytest

from infra.breaker import ABSENT, COOLING, FEWEST, KEEPS_UP, Breaker, Load, Pulse, beaten, is_probe, judged, probed
from infra.spec import NOON

CLOSED = Breaker("them", "automatic", since=NOON)
OPEN = replace(CLOSED, state="open")
HALF = replace(CLOSED, state="half_open")
SECOND = timedelta(seconds=1)
OURS = Pulse("us", NOON, NOON - timedelta(hours=1))
THEIRS = Pulse("them", NOON, NOON - timedelta(hours=1))
GONE = replace(THEIRS, last=NOON - ABSENT - SECOND)


@pytest.mark.req("S3-90")
def test_absent_opens_and_present_does_not() -> None:
    assert judged(CLOSED, OURS, GONE, None, NOON) == replace(OPEN, since=NOON)
    assert judged(CLOSED, OURS, replace(THEIRS, last=NOON - ABSENT), None, NOON) is CLOSED


def test_one_who_does_not_hear_himself_judges_nobody() -> None:
    deaf = replace(OURS, last=NOON - ABSENT - SECOND)
    assert judged(CLOSED, deaf, GONE, None, NOON) is CLOSED
    assert judged(CLOSED, None, GONE, None, NOON) is CLOSED
    just_back = replace(OURS, since=NOON - SECOND)
    assert judged(CLOSED, just_back, GONE, None, NOON) is CLOSED


def test_one_who_was_never_heard_is_absent_15_s_after_we_began_to_listen() -> None:
    began = replace(OURS, since=NOON - ABSENT)
    assert judged(CLOSED, began, None, Load("them", 100, 100), NOON) is CLOSED
    opened = judged(CLOSED, replace(began, since=began.since - SECOND), None, None, NOON)
    assert opened == replace(OPEN, since=NOON)
    assert judged(opened, OURS, None, None, NOON + COOLING) is opened


@pytest.mark.req("S3-90")
def test_open_becomes_half_open_when_heard_again_after_cooling() -> None:
    later = NOON + COOLING
    ours, theirs = replace(OURS, last=later), replace(THEIRS, last=later)
    assert judged(OPEN, ours, theirs, None, later - SECOND).state == "open"
    assert judged(OPEN, ours, theirs, None, later).state == "half_open"
    assert judged(OPEN, ours, replace(theirs, last=NOON - SECOND), None, later).state == "open"


@pytest.mark.req("S3-90")
def test_a_probe_decides_what_half_open_becomes() -> None:
    assert probed(HALF, True, NOON).state == "closed"
    assert probed(HALF, False, NOON).state == "open"
    assert probed(OPEN, True, NOON) is OPEN and probed(CLOSED, False, NOON) is CLOSED


def test_mute_is_late_steps_without_old_messages() -> None:
    late = Load("them", FEWEST, FEWEST // 2)
    assert judged(CLOSED, OURS, THEIRS, late, NOON).state == "open"
    assert judged(CLOSED, OURS, THEIRS, replace(late, late=FEWEST // 2 - 1), NOON).state == "closed"
    assert judged(CLOSED, OURS, THEIRS, replace(late, waiting=FEWEST - 1), NOON).state == "closed"
    overloaded = replace(THEIRS, oldest_seconds=KEEPS_UP + 1)
    assert judged(CLOSED, OURS, overloaded, late, NOON).state == "closed"


def test_the_mode_says_who_may_open() -> None:
    assert replace(OPEN, mode="off").circuit == "closed"
    assert replace(OPEN, mode="off", forced=True).circuit == "closed"
    assert replace(OPEN, mode="operator").circuit == "closed"
    assert replace(CLOSED, mode="operator", forced=True).circuit == "open"
    assert replace(CLOSED, forced=True).circuit == "open"
    assert judged(replace(OPEN, mode="operator"), OURS, GONE, None, NOON).state == "closed"


def test_half_open_blocks_all_but_the_probes() -> None:
    keys = [f"saga-{n}" for n in range(2000)]
    free = [key for key in keys if not HALF.blocks(key)]
    assert free == [key for key in keys if is_probe(key)] and 150 <= len(free) <= 250
    assert all(OPEN.blocks(key) for key in keys) and not any(CLOSED.blocks(key) for key in keys)


def test_a_heartbeat_never_goes_back_nor_ahead() -> None:
    assert beaten(THEIRS, "them", NOON - SECOND, 9.0, NOON) is THEIRS
    assert beaten(THEIRS, "them", NOON + timedelta(hours=1), 0.0, NOON + SECOND).last == NOON + SECOND
    assert beaten(None, "them", NOON, 1.0, NOON) == Pulse("them", NOON, NOON, 1.0)


def test_a_gap_begins_a_new_hearing() -> None:
    assert beaten(THEIRS, "them", NOON + ABSENT, 0.0, NOON + ABSENT).since == THEIRS.since
    later = NOON + ABSENT + SECOND
    assert beaten(THEIRS, "them", later, 0.0, later).since == later
