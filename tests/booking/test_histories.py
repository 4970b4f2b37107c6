"""Whatever happens in whatever order: bookings never overlap, one wins, and a batch is what its messages are one by one."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from contracts.booking import ReservationConfirmed
from contracts.message import Message
from infra.spec import NOON, Spec
from tests.booking.words import cancel, decline, diary_of, draft, expire, given, hold, plan, pledge, press, withdraw
from workers.booking.rules.diary import cast, guest
from workers.booking.rules.pledges import SHORTEST
from workers.booking.rules.state import Day, Reservation

pytestmark = pytest.mark.req("S1-41", "S1-45", "S1-71")

NAMES, GUESTS = ("A", "B", "C", "D", "E", "F"), ("guest-1", "guest-2", "guest-3")
OTHER = "cast-other"
PLANS = (plan(2, 3, 4, 30), plan(2, 3, 21.5, plan_id="Q", cast_id=OTHER, minutes=180))
names, guests = st.sampled_from(NAMES), st.sampled_from(GUESTS)


def guest_of(name: str) -> str:
    return GUESTS[NAMES.index(name) % len(GUESTS)]


def holding(name: str, hour: float, plan_id: str) -> Message:
    other = {"cast_id": OTHER} if plan_id == "Q" else {}
    return hold(name, hour, guest_id=guest_of(name), seconds=1800, plan_id=plan_id, **other)


MESSAGES: st.SearchStrategy[Message] = st.one_of(
    *[st.builds(holding, names, st.sampled_from([2, 3, 4, 30]), st.just("P"))] * 4,
    *[st.builds(holding, names, st.sampled_from([2, 3, 21.5]), st.just("Q"))] * 2,
    *[st.builds(lambda name: press(name, guest_id=guest_of(name)), names)] * 2,
    *[st.builds(lambda name: pledge(name, guest_id=guest_of(name)), names)] * 2,
    st.builds(withdraw, names, cast_id=st.sampled_from(["cast-aiko", OTHER]), beforehand=st.booleans()),
    st.builds(lambda name: decline(name, guest_of(name)), names),
    st.builds(expire, names),
    st.builds(lambda name: cancel(name, guest_of(name)), names),
    st.builds(lambda name, who: pledge(name, guest_id=who), names, guests),
)
History = list[tuple[Message, int]]
"""What comes, and how many seconds after the one before."""


def whole(name: str, seconds: int) -> History:
    """A press and its pledge; left to chance, hardly any two would belong together."""
    who = guest_of(name)
    return [(press(name, guest_id=who), 0), (pledge(name, guest_id=who), seconds)]


ALONE = st.tuples(MESSAGES, st.sampled_from([0, 1, 2, 60, 900])).map(lambda one: [one])
HISTORIES = st.lists(ALONE | st.builds(whole, names, st.sampled_from([1, 2, 2])), min_size=15, max_size=40).map(
    lambda parts: [one for part in parts for one in part]
)


@settings(max_examples=100, deadline=None)
@anything(HISTORIES)
def test_bookings_never_overlap(history: History) -> None:
    spec, now = given(*PLANS), NOON
    for message, seconds in history:
        now += timedelta(seconds=seconds)
        before = _reservations(spec)
        spec.when(message, now=now)
        _agrees(spec)
        for one in _reservations(spec).values():
            old = before.get(one.reservation_id)
            if old and old.status not in ("draft", "confirmed"):
                assert one.status == old.status, "an end is an end"
            if one.status == "confirmed" and old and old.status == "draft":
                assert old.expires_at > now and old.pressed_at and now - old.pressed_at >= SHORTEST


@settings(max_examples=80, deadline=None)
@anything(HISTORIES, st.integers(2, 12))
def test_a_batch_is_what_its_messages_are_one_by_one(history: History, size: int) -> None:
    """Those of one batch happen at one moment."""
    at_once, singly, now = given(*PLANS), given(*PLANS), NOON
    for n in range(0, len(history), size):
        part = history[n : n + size]
        now += timedelta(seconds=sum(seconds for _, seconds in part))
        at_once.when(*(message for message, _ in part), now=now)
        sent: list[Any] = []
        for message, _ in part:
            singly.when(message, now=now)
            sent += [one for one in singly.sent if isinstance(one, Message)]
        assert at_once.rows == singly.rows
        assert [one for one in at_once.sent if isinstance(one, Message)] == sent


@settings(max_examples=50, deadline=None)
@anything(st.permutations([f"{n}" for n in range(12)]))
def test_of_all_who_pledge_for_one_time_the_first_gets_it(order: list[str]) -> None:
    drafts = diary_of(*(draft(name, 6 + int(name) % 2, pledge_token=f"T-{name}", pressed_at=NOON - SHORTEST) for name in order))
    spec = given(*drafts).when(*(pledge(name) for name in order))
    [confirmed] = [one for one in spec.sent if isinstance(one, ReservationConfirmed)]
    assert confirmed.reservation_id == order[0]


def _reservations(spec: Spec) -> dict[str, Reservation]:
    return {row.reservation_id: row for row in spec.rows.values() if isinstance(row, Reservation)}


def _agrees(spec: Spec) -> None:
    confirmed = [one for one in _reservations(spec).values() if one.status == "confirmed"]
    for one, other in combinations(confirmed, 2):
        if one.cast_id == other.cast_id or one.guest_id == other.guest_id:
            assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at, (one, other)
    live = [one for one in _reservations(spec).values() if one.status in ("draft", "confirmed")]
    stands = {key[1]: {entry["id"]: entry["confirmed"] for entry in row.entries}
              for key, row in spec.rows.items() if isinstance(row, Day)}  # fmt: skip
    meant: dict[str, dict[str, bool]] = {}
    for one in live:
        people = [cast(one.cast_id)] + ([guest(one.guest_id)] if one.status == "confirmed" else [])
        for day in {one.starts_at.date(), (one.ends_at - timedelta(seconds=1)).date()}:
            for person in people:
                meant.setdefault(f"{person}/{day}", {})[one.reservation_id] = one.status == "confirmed"
    assert stands == meant, "the diary says what the reservations say"
