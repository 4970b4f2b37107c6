"""The copy of a user is the newest that was heard of, in whatever order it was heard (S0-25)."""

from __future__ import annotations

import pytest
from hypothesis import given as history
from hypothesis import strategies as st

from contracts.message import Message
from tests.tasks.words import TARO, checked, create, given, told
from workers.tasks.rules.task import Person

VERSIONS = st.integers(1, 6)


@pytest.mark.req("S0-25", "S0-46")
def test_a_change_is_noted_and_a_late_copy_is_not() -> None:
    spec = given().when(told(1, "太郎", first=True)).leaves(TARO).when(told(3, "太郎丸")).when(told(2, "次郎"))
    spec.leaves(Person("U-1", "太郎丸", "active", 3))


@pytest.mark.req("S0-25")
def test_an_answer_of_identity_is_as_good_as_its_news() -> None:
    """Users older than tasks itself come to be known when they get their first task."""
    spec = given().when(create()).when(checked(version=7, name="花子")).leaves(Person("U-1", "花子", "active", 7))
    spec.when(told(6, "旧姓")).leaves(Person("U-1", "花子", "active", 7))


@pytest.mark.req("S0-25")
@history(st.lists(st.tuples(VERSIONS, st.booleans()), min_size=1, max_size=12), st.integers(1, 4))
def test_whatever_the_order_the_highest_version_stays(heard: list[tuple[int, bool]], cut: int) -> None:
    def message(version: int, news: bool) -> Message:
        return told(version, f"name {version}") if news else checked(version, f"name {version}")

    messages = [message(*one) for one in heard]
    spec = given().when(*messages[:cut])
    for one in messages[cut:]:
        spec.when(one)
    newest = max(version for version, _ in heard)
    spec.leaves(Person("U-1", f"name {newest}", "active", newest))
