"""Ids: where a message lies in time, and in what order bundles were made."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import ids
from infra.clock import utcnow
from infra.errors import InvalidMessage


@given(st.lists(st.integers(1, 3), min_size=2, max_size=50))
def test_bundles_of_one_millisecond_keep_their_order_also_when_the_clock_steps_back(clock: list[int]) -> None:
    ordered = ids.Ordered()
    made = [ordered.next(moment) for moment in clock]
    assert made == sorted(made) and len(set(made)) == len(made)


def test_more_than_a_millisecond_holds_go_into_the_next() -> None:
    ordered = ids.Ordered()
    made = [ordered.next(5) for _ in range(5_000)]
    assert made == sorted(made) and {one.version for one in made} == {7}


def test_an_id_outside_its_window_is_refused() -> None:
    ids.check_window(ids.root(), utcnow(), timedelta(days=14))
    for identity in (ids.root(1), UUID(int=(1 << 128) - 1), ids.root(int(utcnow().timestamp() * 1000) + 3_600_000)):
        with pytest.raises(InvalidMessage):
            ids.check_window(identity, utcnow(), timedelta(days=14))
