"""Each checker accepts what is right and names what is wrong: a checker that cannot fail would prove nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import checkers
from tests.chaos.faults import LEFT_OUT
from tests.chaos.scenario import SCENARIOS


def test_a_set_is_full_when_all_that_was_accepted_is_there() -> None:
    assert checkers.set_full(["a", "b"], ["c"], ["a", "b", "c"]) == []
    assert checkers.set_full(["a", "b"], ["c"], ["a", "b"]) == []
    assert checkers.set_full(["a", "b"], [], ["a"]) == ["b was accepted and is lost"]
    assert checkers.set_full(["a"], [], ["a", "z"]) == ["z is there and nobody asked for it"]


def test_what_goes_into_a_queue_comes_out_as_often() -> None:
    assert checkers.total_queue({"a": 1, "b": 2}, {"b": 2, "a": 1}) == []
    assert checkers.total_queue({"a": 1}, {}) == ["a went in 1 times and came out 0 times"]
    assert checkers.total_queue({"a": 1}, {"a": 2}) == ["a went in 1 times and came out 2 times"]


def test_an_effect_that_happened_twice_is_named() -> None:
    assert checkers.unique_ids(["a", "b"]) == []
    assert checkers.unique_ids(["a", "b", "a"]) == ["a happened 2 times"]


@pytest.mark.parametrize(
    ("balances", "entries", "fault"),
    [
        ({"w": 5}, {"w": 5, "bank": -5}, ""),
        ({"w": 6}, {"w": 5, "bank": -5}, "w has 6, its entries sum to 5"),
        ({"w": -5}, {"w": -5, "bank": 5}, "w has -5, less than nothing"),
        ({"w": 5}, {"w": 5, "bank": -4}, "all entries sum to 1, not 0"),
    ],
)
def test_money_is_neither_made_nor_lost(balances: dict[str, int], entries: dict[str, int], fault: str) -> None:
    assert checkers.bank(balances, entries) == ([fault] if fault else [])


def test_stock_is_what_was_there_and_what_moved() -> None:
    assert checkers.stock({"s": 10}, {"s": -3}, {"s": (7, 0)}) == []
    assert checkers.stock({"s": 10}, {"s": -3}, {"s": (8, 0)}) == ["s: 8 on hand, 7 by what was asked"]
    assert checkers.stock({"s": 10}, {}, {"s": (10, 2)}) == ["s: 10 on hand, 2 reserved after everything ended"]


def test_a_saga_that_never_ends_is_named() -> None:
    assert checkers.terminated({"o": "completed"}, ("completed",)) == []
    assert checkers.terminated({"o": "running"}, ("completed",)) == ["o is running"]


@pytest.mark.parametrize("versions", [[1, 3], [2, 3], [1, 2, 2], [2, 1]])
def test_a_gap_a_double_and_an_inversion_in_a_stream_are_named(versions: list[int]) -> None:
    assert checkers.gapless({"good": [1, 2, 3]}) == []
    assert len(checkers.gapless({"bad": versions})) == 1


def test_what_is_left_to_other_tests_is_there() -> None:
    named = [word.rstrip(":") for reason in LEFT_OUT.values() for word in reason.split() if word.startswith("tests/")]
    assert named
    assert [one for one in named if not Path(one).exists()] == []


def test_no_row_is_both_run_and_left_out() -> None:
    assert SCENARIOS.keys() & LEFT_OUT.keys() == set()
