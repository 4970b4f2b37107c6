"""Pulling the plug: in a real browser on a system of its own, and what is refused where the servers are somebody else's."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import services
from infra.services.process import Process, known
from infra.settings import Settings
from tests.browser import Page
from tests.journeys import books
from tests.journeys.client import Client, eventually
from tests.journeys.shop import ONE, Shop

FIGURES = ("accepted", "decided", "backlog", "lost", "doubled")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A shop with a broker and a database of its own, which it may therefore stop."""
    settings = Settings(home=tmp_path_factory.mktemp("own"), amqp_url="", management_url="", database_url="")
    shop = Shop(settings, ONE)
    try:
        shop.start()
        yield shop
    finally:
        shop.stop()
        services.wipe(settings, say=print)


async def figures(page: Page) -> dict[str, int]:
    shown = await page.evaluate(f"{list(FIGURES)}.map((id) => document.getElementById(id).textContent.replaceAll(',', ''))")
    return dict(zip(FIGURES, map(int, shown), strict=True))


def text(identity: str) -> str:
    return f"document.getElementById('{identity}').textContent"


def processes(shop: Shop) -> list[Process]:
    """Everything that runs from this home: its own processes, the broker and the database."""
    pids = [*shop.processes.values(), *(one.pid for one in services.status(shop.settings))]
    return [one for pid in pids if pid and (one := known(pid))]


async def test_the_broker_is_stopped_while_orders_run_and_none_is_lost_or_doubled(own: Shop, page: Page) -> None:
    await page.open(f"{own.url}/demo", language="ja")
    await page.until("!document.getElementById('plug').hidden")
    assert "ブローカーを停止" in await page.evaluate("document.getElementById('plug').innerText")
    await page.click("#language")

    await page.click("[data-fault=stop]")
    await page.until(f"{text('fault')}.startsWith('The broker is stopped.')")
    assert await page.evaluate("[...document.querySelectorAll('[data-fault]')].every((one) => one.disabled)")
    another = await asyncio.to_thread(own.hikyaku, "fault", "kill")
    assert (another.returncode, "fault_running" in another.stderr) == (1, True)

    await page.until(f"Number({text('backlog')}) >= 30", 30)
    assert (await figures(page))["accepted"] >= 30, "the edge accepts on"
    await page.until(f"{text('fault')}.startsWith('Healed after')", 60)
    await page.until(f"{text('fault')}.includes('All orders are decided: none lost, none doubled.')", 60)

    seen = await figures(page)
    assert seen["accepted"] == seen["decided"] > 60 and (seen["backlog"], seen["lost"], seen["doubled"]) == (0, 0, 0)

    async def balanced() -> bool:
        return await books.faults(own) == []

    await eventually(balanced, 60, "what was refused is given back")
    # What the page says, the databases say too. On a busy machine an order may wait too long for an answer and be refused.
    confirmed, refused, gone, paid, _ = map(int, re.findall(r"\d+", await page.evaluate(text("books") + ".replaceAll(',', '')")))
    assert confirmed + refused == seen["accepted"] and confirmed == gone == paid > 60
    sold = await books.query(own, "inventory", "SELECT count(*), -sum(quantity) AS pieces FROM movement WHERE reason = 'sale'")
    assert (sold[0]["count"], sold[0]["pieces"]) == (confirmed, confirmed)
    kept = "SELECT -sum(amount) / 100 AS paid FROM entry WHERE kind IN ('payment', 'refund') AND account LIKE 'wallet:%'"
    assert (await books.query(own, "payment", kept))[0]["paid"] == confirmed
    assert not await page.evaluate("document.getElementById('gaps').hidden"), "what is heard live has a gap, and says so"
    assert [one for one in page.complaints if " 503 " not in one and " 504 " not in one] == []


async def test_ctrl_c_in_the_middle_of_a_fault_leaves_nothing_behind(own: Shop) -> None:
    running = processes(own)
    assert len(running) == 6 and all(one.alive for one in running)
    frozen = known(own.processes["workers"])
    causing = asyncio.create_task(asyncio.to_thread(own.hikyaku, "fault", "freeze", "--seconds", "30"))

    async def still() -> bool:
        assert frozen is not None
        return Path(f"/proc/{frozen.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

    await eventually(still, what="the worker stands still")
    await asyncio.to_thread(own.stop)

    assert [one for one in running if one.alive] == []
    assert not (own.home / "hikyaku.json").exists() and not (own.home / "control" / "faults.sock").exists()
    await causing


async def test_servers_of_somebody_else_are_never_touched(shop: Shop, admin: Client, customer: Client) -> None:
    assert (await customer.post("/demo/faults", {"fault": "stop"}, key="")).status_code == 403
    for fault in ("stop", "cut"):
        refused = await admin.post("/demo/faults", {"fault": fault}, key="")
        assert (refused.status_code, refused.json()["reason"]) == (409, "external_server")
        done = await asyncio.to_thread(shop.hikyaku, "fault", fault)
        assert (done.returncode, done.stdout) == (1, "") and "is not ours" in done.stderr
    told = await admin.read("/demo/faults")
    assert {one["name"]: one["reason"] for one in told["faults"]} == {
        "kill": "", "stop": "external_server", "cut": "external_server", "freeze": "",
    }  # fmt: skip
    assert told["recent"] == []


async def test_what_is_ordered_while_a_lane_stands_still_is_decided_afterwards(
    shop: Shop, admin: Client, customer: Client
) -> None:
    sku = await admin.product(quantity=5)
    await customer.deposit(5000)
    worker = "workers" if shop.mode == ONE else "order"
    freezing = asyncio.create_task(asyncio.to_thread(shop.hikyaku, "fault", "freeze", worker, "--seconds", "2"))

    async def began() -> Any:
        recent = (await admin.read("/demo/faults"))["recent"]
        return recent and recent[-1]["target"] == worker

    await eventually(began)
    accepted = await customer.order({sku: 1}, wait=0)
    assert accepted.status_code == 202
    done = await freezing
    assert (done.returncode, done.stderr) == (0, "") and "Healed after" in done.stdout
    assert (await customer.settled(accepted.headers["Location"]))["status"] == "succeeded"
    assert await customer.stock(sku) == (4, 0, 4)


def test_every_fault_explains_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from infra.cli import main

    for words in ([], ["kill"], ["stop"], ["cut"], ["freeze"]):
        main(["fault", *words, "--help"])
        told = capsys.readouterr().out
        assert "hikyaku fault" in told and ("Example" in told or not words)
    monkeypatch.setenv("HIKYAKU_HOME", os.fspath(tmp_path))
    assert main(["fault", "stop"]) == 1
    assert "No `hikyaku up` in development listens" in capsys.readouterr().err
    assert main(["fault", "freeze", "--seconds", "31"]) == 2
