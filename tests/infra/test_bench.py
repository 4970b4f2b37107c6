"""The benchmarks measure what is shipped."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.bench import Figure, changed
from infra.bench.http import request
from infra.bench.levels import failed, figures, payments, percentile, spoiled, told
from infra.bench.open_model import Hit, Range, Shot
from infra.bench.peers import PEERS, Peer
from infra.bench.place import environment
from infra.bench.steady import RATES, Wish, wished
from infra.bench.steady_plot import draw
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


def order(status: int = 200, reason: str = "", due: float = 0.0, seconds: float = 0.1) -> Hit:
    return Hit("order", due, seconds, status, reason)


@pytest.mark.parametrize(
    ("hit", "error"),
    [
        (order(), False), (order(202), False), (order(409, "insufficient_funds"), False), (order(409, "charge_timeout"), True),
        (order(422), True), (order(429), True), (order(500), True), (order(503), True), (order(504), True), (order(0), True),
    ],
)  # fmt: skip
def test_a_domains_no_is_no_error_and_everything_else_that_is_not_well_is(hit: Hit, error: bool) -> None:
    assert hit.error is error


def test_payment_answers_for_its_own_part_of_an_order() -> None:
    declined, late, elsewhere = order(409, "insufficient_funds"), order(409, "charge_timeout"), order(409, "insufficient_stock")
    deposit = Hit("deposit", 0, 0.1, 0)
    assert payments([order(), declined, late, elsewhere, order(503), deposit]) == [order(), declined, late, deposit]


def test_availability_is_told_by_requests_and_by_seconds() -> None:
    hits = [order(due=n / 10) for n in range(98)] + [order(503, due=3.2), order(0, due=3.9)]
    assert (failed(hits), spoiled(hits, 10)) == (2, 10)
    found = {one.name: one.met for one in figures(hits, 10, "here")}
    assert found["steady errors"] is False and found["steady payment errors"] is True
    assert found["steady order p95"] is True
    assert "errors {'503': 1, 'no answer': 1}" in next(told(hits))


def test_a_percentile_is_one_of_what_was_measured_or_between_two() -> None:
    assert percentile([order(seconds=n / 1000) for n in range(101)], 95) == pytest.approx(95)
    assert percentile([order(seconds=0.2)], 99) == 200
    assert percentile([], 99) == 0


@pytest.mark.parametrize(
    "rates", ["order=nan", "nothing=1", "order=-1", "order=1000", "order", ",".join(f"{k}=0" for k in RATES)]
)
def test_a_run_that_is_not_bounded_is_refused(rates: str) -> None:
    with pytest.raises(ValueError):
        wished(1, rates, "none", None)


def test_a_run_is_as_it_was_wished() -> None:
    assert wished(2, "order=30,stock=0", "kill", None) == Wish(2, {**RATES, "order": 30, "stock": 0}, "kill")
    for minutes in (0, 61):
        with pytest.raises(ValueError, match="minutes"):
            Wish(minutes)


@asynccontextmanager
async def server(pause: float) -> AsyncIterator[int]:
    """Answers each request after a pause, but for those that ask it to hang up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if b"/gone" in head:
                break
            await asyncio.sleep(pause)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as running:
        yield running.sockets[0].getsockname()[1]


def shots(*paths: str, every: float) -> Iterator[Shot]:
    for n, path in enumerate(paths):
        yield Shot(n * every, "any", lambda path=path: request("GET", path, "token"))  # type: ignore[misc]


async def test_a_slow_answer_holds_up_no_other_request() -> None:
    async with server(0.3) as port:
        here = Range("127.0.0.1", port)
        began = asyncio.get_running_loop().time()
        await here.fire(shots(*["/well"] * 20, every=0.01))
    assert asyncio.get_running_loop().time() - began < 2
    assert [one.status for one in here.hits] == [200] * 20
    assert min(one.seconds for one in here.hits) >= 0.3


async def test_a_lost_connection_is_an_error_and_the_next_request_has_another() -> None:
    async with server(0) as port:
        here = Range("127.0.0.1", port)
        await here.fire(shots("/well", "/gone", "/well", every=0.05))
    assert [(one.status, one.error) for one in here.hits] == [(200, False), (0, True), (200, False)]


def test_latency_over_time_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    hits = [order(due=n, seconds=0.1 + n % 7 / 10) for n in range(120)] + [order(503, due=61)]
    draw(hits, 120, (60, 65), tmp_path / "steady.svg")
    assert "orders, until their outcome" in (tmp_path / "steady.svg").read_text()
