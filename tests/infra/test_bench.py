"""The benchmarks measure what is shipped."""

from __future__ import annotations

import os

import pytest

from infra.bench import Figure, changed
from infra.bench.peers import PEERS, Peer
from infra.bench.place import environment
from infra.settings import Settings, lanes_of

WHERE = {"HIKYAKU_HOME", "HIKYAKU_NAMESPACE", "HIKYAKU_AMQP_URL", "HIKYAKU_MANAGEMENT_URL", "HIKYAKU_DATABASE_URL"}


def test_a_benchmark_tells_its_processes_where_to_work_and_nothing_of_how() -> None:
    given = environment(Settings())
    assert {name for name in given if given[name] != os.environ.get(name)} <= WHERE


def test_the_processes_of_a_benchmark_have_the_shipped_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("HIKYAKU_")]:
        monkeypatch.delenv(name)
    for name, value in environment(Settings()).items():
        monkeypatch.setenv(name, value)
    assert changed(Settings()) == {}
    assert [lanes_of(name) for name in ("order", "payment", "eventstore")] == [1, 1, 1]


def test_a_setting_that_is_not_the_shipped_one_is_told_with_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIKYAKU_RECORD", "false")
    monkeypatch.setenv("HIKYAKU_NAMESPACE", "elsewhere")
    assert changed(Settings()) == {"record": False}


@pytest.mark.parametrize(
    ("unit", "value", "met"), [("orders/s", 119, False), ("orders/s", 120, True), ("ms", 119, True), ("ms", 121, False)]
)
def test_a_figure_says_whether_it_is_what_it_must_be(unit: str, value: float, met: bool) -> None:
    assert Figure("any", value, unit, "120").met is met
    assert Figure("any", value, unit).met is None


def test_a_peer_that_is_not_installed_is_left_out() -> None:
    nobody = Peer("Nobody", ("no_such_library",), "", (), 1, "nothing")
    assert not nobody.installed
    assert all(one.guarantees for one in PEERS)
