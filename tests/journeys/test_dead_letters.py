"""What an operator does with dead letters, on a shop that runs: real refusals of a real database, jobs, unreadable bytes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aio_pika
import asyncpg
import pytest

from infra import domains
from infra.console import audit
from infra.console.dead import Dead, snapshot
from infra.console.place import Place
from infra.ids import root
from infra.provision import credentials
from infra.topology import declare
from tests.conftest import fresh as fresh_settings
from tests.journeys.client import Client, eventually, fresh
from tests.journeys.shop import ONE, Shop, open_shop
from tests.servers import Servers

HEADER = "sku,name,category,unit_price,currency,low_stock_threshold\n"


@pytest.fixture(scope="module")
def frail(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Its messages die of their first failure, its jobs of their second."""
    settings = fresh_settings(servers, tmp_path_factory.mktemp("frail"))
    with open_shop(settings, ONE, {"HIKYAKU_RETRY_DELAYS": "[]", "HIKYAKU_JOB_DELAYS": "[0.1]"}) as opened:
        yield opened


@pytest.fixture
async def keeper(frail: Shop) -> AsyncIterator[Client]:
    client = Client(frail, "ops", "admin")
    async with client.http:
        yield client


@asynccontextmanager
async def refusing(shop: Shop, table: str, rule: str) -> AsyncIterator[None]:
    """Inventory's database refuses what breaks this rule."""
    connection = await asyncpg.connect(shop.database("inventory"))
    await connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT refusing CHECK ({rule}) NOT VALID")
    try:
        yield
    finally:
        await connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT refusing")
        await connection.close()


async def dying(shop: Shop) -> list[Dead]:
    """What is dead or waits in inventory."""
    place = Place(shop.settings, declare(domains.load_all()), {})
    async with snapshot(place, ["inventory"], lambda _: None) as found:
        return found.letters


async def dead(shop: Shop, topic: str, count: int) -> list[str]:
    async def all_dead() -> list[str]:
        found = [one.id for one in await dying(shop) if (one.topic, one.status) == (topic, "dead")]
        return found if len(found) == count else []

    return await eventually(all_dead)


async def received(client: Client, sku: str, quantity: int) -> str:
    """Where the operation is that asked for so much more stock."""
    answer = await client.post(f"/v1/products/{sku}/replenishments", {"quantity": quantity, "reason": "receive"}, wait=0)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


async def on_hand(client: Client, sku: str) -> int:
    found: int = (await client.read(f"/v1/products/{sku}/stock"))["on_hand"]
    return found


def begun(shop: Shop, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "infra.cli", "dead-letters", *arguments]
    return subprocess.Popen(command, cwd=shop.root, env=shop.environment, stdin=subprocess.DEVNULL, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


async def test_a_replay_stops_at_its_canary_survives_its_own_death_and_bears_a_second_operator(
    frail: Shop, keeper: Client
) -> None:
    skus = [await keeper.product() for _ in range(8)]
    async with refusing(frail, "stock", "on_hand = 0"):
        operations = [await received(keeper, sku, 5) for sku in skus]
        letters = await dead(frail, "inventory.replenish-stock.v1", 8)
        canary = frail.hikyaku("dead-letters", "replay", "-d", "inventory")
    assert canary.returncode == 1 and "in stages of 1, 2, 5" in canary.stdout
    assert "1 failed again, 7 not sent" in canary.stderr and letters[0] in canary.stderr
    run = canary.stderr.strip().rpartition(" ")[2]
    # The operations are open still, and say what they wait for.
    assert {(await keeper.read(one))["status"] for one in operations} == {"suspended"}

    killed = begun(frail, "replay", "--resume", run, "--rate", "2", "--step", "1")
    assert killed.stdout is not None
    assert any("settled 2 of 8" in line for line in killed.stdout)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert 5 <= len([one for one in await dying(frail) if one.status == "dead"]) <= 6

    both = [begun(frail, "replay", "--resume", run), begun(frail, "replay", "-d", "inventory", "--rate", "20")]
    said = [one.communicate(timeout=60) for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    assert "Of 8 letters 2 had settled" in said[0][0]
    assert [await on_hand(keeper, sku) for sku in skus] == [5] * 8
    assert {(await keeper.settled(one))["status"] for one in operations} == {"succeeded"}
    assert await dying(frail) == []


async def test_an_edited_letter_closes_the_operation_of_who_asked_and_a_bad_edit_changes_nothing(
    frail: Shop, keeper: Client
) -> None:
    sku = await keeper.product()
    async with refusing(frail, "stock", "on_hand < 100"):
        operation = await received(keeper, sku, 500)
        [letter] = await dead(frail, "inventory.replenish-stock.v1", 1)
        bad = frail.hikyaku("dead-letters", "edit", letter, "--set", "quantity=many", "--reason", "ticket 1")
        assert bad.returncode == 1 and "quantity (int_type)" in bad.stderr
        assert "many" not in bad.stderr and await dead(frail, "inventory.replenish-stock.v1", 1) == [letter]
        assert not audit.path_of(frail.home).exists() or "dead-letters edit" not in audit.path_of(frail.home).read_text()

        good = frail.hikyaku("dead-letters", "edit", letter[:13], "--set", "quantity=50", "--reason", "counted again")
        assert good.returncode == 0, good.stdout + good.stderr
    assert "quantity changed" in good.stdout and "settled" in good.stdout
    assert await on_hand(keeper, sku) == 50
    assert (await keeper.settled(operation))["status"] == "succeeded"
    record = json.loads(audit.path_of(frail.home).read_text().splitlines()[-1])
    assert (record["did"], record["reason"], record["id"]) == ("dead-letters edit", "counted again", letter)
    assert record["changed"] == ["quantity"] and record["before"] != record["after"] and record["new_id"] != letter
    assert "500" not in str(record["changed"]) and await dying(frail) == []


async def test_what_nobody_could_read_is_shown_without_its_words_and_edited(frail: Shop, keeper: Client) -> None:
    sku, identity = await keeper.product(), str(root())
    body = {"movement_id": fresh("m"), "sku": sku, "quantity": "five", "reason": "receive", "actor": "山田太郎"}
    async with await aio_pika.connect(credentials(frail.settings, "operator").amqp_url) as connection:
        commands = await (await connection.channel()).get_exchange("commands", ensure=False)
        message = aio_pika.Message(json.dumps(body).encode(), message_id=identity, type="inventory.replenish-stock.v1")
        await commands.publish(message, "inventory.replenish-stock.v1")
    await dead(frail, "inventory.replenish-stock.v1", 1)
    [counted] = json.loads(frail.hikyaku("dead-letters", "list", "-d", "inventory", "--json").stdout)
    assert (counted["id"], counted["store"], counted["reason"]) == (identity, "broker", "unreadable")
    shown = frail.hikyaku("dead-letters", "show", identity)
    assert "unreadable" in shown.stdout and "山田" not in shown.stdout and sku not in shown.stdout

    replayed = frail.hikyaku("dead-letters", "replay", identity)
    assert "0 would be sent" in replayed.stdout and "inventory.replenish-stock.v1: quantity" in replayed.stderr
    edited = frail.hikyaku("dead-letters", "edit", identity, "--set", "quantity=5", "--reason", "a word for a number")
    assert edited.returncode == 0, edited.stderr
    assert "山田" not in edited.stdout + edited.stderr + audit.path_of(frail.home).read_text()
    assert await on_hand(keeper, sku) == 5 and await dying(frail) == []


@pytest.mark.parametrize("corrected", [False, True], ids=["as it was", "with another content"])
async def test_a_dead_job_is_replayed_and_the_import_that_waits_for_it_goes_on(
    frail: Shop, keeper: Client, corrected: bool
) -> None:
    sku = fresh("csv")
    text = f"{HEADER}{sku},grean tea,tea,100,JPY,3\n"
    async with refusing(frail, "outbox", "topic <> 'inventory.register-imported.v1'"):
        accepted = await keeper.http.post("/v1/product-imports", content=text.encode(), headers={"Content-Type": "text/csv"})
        [job] = await dead(frail, "inventory.run-import.v1", 1)
        again = frail.hikyaku("dead-letters", "replay", job)
    assert again.returncode == 1 and "1 failed again" in again.stderr
    if corrected:
        connection = await asyncpg.connect(frail.database("inventory"))
        body = await connection.fetchval("SELECT body FROM parked WHERE id = $1", job)
        await connection.close()
        command = [sys.executable, "-m", "infra.cli", "dead-letters", "edit", job, "--body", "-", "--reason", "a slip of the pen"]
        done = subprocess.run(
            command, input=body.replace("grean", "green"), cwd=frail.root, env=frail.environment, capture_output=True, text=True,
            timeout=60,
        )  # fmt: skip
    else:
        done = frail.hikyaku("dead-letters", "replay", "--domain", "inventory")
    assert done.returncode == 0, done.stdout + done.stderr
    operation = await keeper.settled(accepted.headers["Location"])
    assert (operation["status"], operation["result"]["registered"]) == ("succeeded", 1)
    name = (await keeper.read(f"/v1/products/{sku}"))["name"]
    assert name == ("green tea" if corrected else "grean tea") and await dying(frail) == []
