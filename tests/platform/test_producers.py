"""A program with aio-pika and the wheel of the contracts, in an environment with nothing else, and what it may not do."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import httpx
import pytest
from aio_pika.abc import AbstractChannel, AbstractQueue
from aiormq.exceptions import ChannelAccessRefused, ChannelPreconditionFailed, ProbableAuthenticationError
from packaging.requirements import Requirement
from yarl import URL

from contracts.inventory import RegisterProduct
from contracts.money import Price
from infra import domains, producers
from infra import letter as letters
from infra.accounts_broker import OPERATOR
from infra.actor import Verifier
from infra.documents import ROOT
from infra.envelope import Envelope
from infra.ids import root
from infra.member import Access, Member
from infra.provision import credentials, drop, provision
from infra.settings import Settings
from infra.supervisor import prepare as preparing
from tests.chaos.frames import ConfirmWatch
from tests.chaos.proxy import Proxy
from tests.conftest import fresh
from tests.servers import Servers

PROGRAM = ROOT / "docs" / "examples" / "receive_goods.py"


@pytest.fixture(scope="module")
def shop(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An installation whose only domain is inventory."""
    settings = fresh(servers, tmp_path_factory.mktemp("producers"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(domains, "load_all", lambda: [domains.load("inventory")])
        asyncio.run(preparing.prepare(settings, lambda line: None))
    yield settings
    asyncio.run(drop(settings, ["inventory", "edge"]))


@pytest.fixture(scope="module")
def url(shop: Settings) -> str:
    return asyncio.run(producers.add(shop, "shelf", ["inventory.replenish-stock.v1"]))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In a new virtual environment: the wheel, aio-pika, and what these two need."""
    place = tmp_path_factory.mktemp("empty")
    build = [sys.executable, "-m", "flit_core.wheel", str(ROOT / "requirements" / "contracts"), "--outdir", str(place)]
    subprocess.run(build, check=True, capture_output=True, timeout=60)
    [wheel] = place.glob("hikyaku_contracts-*.whl")
    venv.create(place / "env", with_pip=False)
    found = place / "env" / "bin" / "python"
    site = Path(sysconfig.get_path("purelib", "posix_prefix", {"base": str(place / "env")}))
    for name in closure({"aio-pika", "pydantic"}):
        copy(name, site)
    pip = [sys.executable, "-m", "pip", "--python", str(found), "--disable-pip-version-check"]
    for words in (["install", "--no-index", "--no-deps", str(wheel)], ["check"]):
        subprocess.run([*pip, *words], check=True, capture_output=True, timeout=60)
    return found


def closure(names: set[str]) -> set[str]:
    """These distributions and all that they require here, without extras."""
    asked = [Requirement(one) for name in names for one in distribution(name).requires or ()]
    more = {one.name for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})}
    return names if more <= names else closure(names | more)


def copy(name: str, site: Path) -> None:
    """As it is installed for the tests, so that nothing is fetched."""
    found = distribution(name)
    for file in found.files or ():
        if ".." not in file.parts and file.suffix != ".pyc":
            (site / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(found.locate_file(file)), site / file)


@pytest.fixture
async def working(shop: Settings) -> AsyncIterator[None]:
    access = credentials(shop, "inventory")
    member = Member(domains.load("inventory"), Access(access.amqp_url, access.dsn), Verifier(None), ())
    await member.start()
    yield
    await member.drain(5)


async def run(python: Path, url: str, *arguments: str) -> tuple[int, Any, str]:
    """The exit code of the program, its outcome and what it said beside it."""
    process = await asyncio.create_subprocess_exec(
        str(python), "-I", str(PROGRAM), *arguments, cwd=python.parent, env={"HIKYAKU_PRODUCER_URL": url},
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, beside = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, json.loads(out or b"null"), beside.decode()


async def product(shop: Settings, sku: str) -> None:
    """Registered by a message of the operator; the lane takes it before what comes later."""
    price = Price(amount=1, currency="JPY")
    command = RegisterProduct(sku=sku, name=sku, category="tea", unit_price=price, low_stock_threshold=0)
    letter = letters.write(Envelope.fresh(command, "test"))
    async with await aio_pika.connect(credentials(shop, OPERATOR).amqp_url) as connection:
        message = aio_pika.Message(letter.body.encode(), message_id=str(letter.id), type=letter.topic, headers=letter.headers)
        await (await (await connection.channel()).get_exchange("commands", ensure=False)).publish(message, letter.topic)


async def on_hand(shop: Settings, sku: str) -> int:
    connection = await asyncpg.connect(credentials(shop, "inventory").owner_dsn)
    found: int = await connection.fetchval("SELECT on_hand FROM stock WHERE sku = $1", sku)
    await connection.close()
    return found


def test_the_environment_of_the_program_has_nothing_of_ours_but_the_contracts(python: Path) -> None:
    code = (
        "import importlib.util as i; print(*(n for n in ('contracts', 'infra', 'edge', 'faststream', 'pip') if i.find_spec(n)))"
    )
    done = subprocess.run([str(python), "-I", "-c", code], capture_output=True, text=True, check=True, cwd=python.parent)
    assert done.stdout.split() == ["contracts"]


@pytest.mark.usefixtures("working")
async def test_goods_are_received_and_refused_and_the_program_hears_it(shop: Settings, python: Path, url: str) -> None:
    await product(shop, "TEA-1")
    code, outcome, said = await run(python, url, "TEA-1", "10")
    assert (code, outcome["type"], outcome["data"]["on_hand"]) == (0, "inventory.stock-moved.v1", 10), said
    # Asked again under the same id, it hears the same, and nothing happens.
    identity = said.split()[1]
    assert (await run(python, url, "TEA-1", "10", "--id", identity))[:2] == (0, outcome)
    assert await on_hand(shop, "TEA-1") == 10

    code, outcome, said = await run(python, url, "NOBODY-KNOWS", "1")
    assert (code, outcome["data"]["reason"]) == (1, "unknown_product"), said


@pytest.mark.usefixtures("working")
async def test_a_lost_confirm_makes_it_ask_again_and_the_goods_count_once(shop: Settings, python: Path, url: str) -> None:
    await product(shop, "TEA-2")
    proxy = Proxy(URL(url).port or 0)
    lost = iter([True])
    proxy.watch = lambda: ConfirmWatch(lambda: next(lost, False))
    through = URL(url).with_port(await proxy.start())
    try:
        code, outcome, said = await run(python, str(through), "TEA-2", "7")
    finally:
        await proxy.stop()
    assert (code, outcome["data"]["on_hand"]) == (0, 7) and "TimeoutError" in said and proxy.counted["connections"] == 2
    assert await on_hand(shop, "TEA-2") == 7


Try = Callable[[AbstractChannel, AbstractQueue, str], Awaitable[Any]]


def saying(exchange: str, topic: str, **more: Any) -> Try:
    async def say(channel: AbstractChannel, mine: AbstractQueue, user: str) -> None:
        target = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        await target.publish(aio_pika.Message(b"{}", **more), topic, mandatory=False, timeout=5)

    return say


def hearing(exchange: str, key: str) -> Try:
    return lambda channel, mine, user: mine.bind(exchange, key, timeout=5)


async def reading(channel: AbstractChannel, mine: AbstractQueue, user: str) -> None:
    await (await channel.get_queue("inventory.dead", ensure=False)).get(timeout=5, fail=False)


async def feeding(channel: AbstractChannel, mine: AbstractQueue, user: str) -> None:
    await (await channel.get_queue("inventory.dead", ensure=False)).bind("replies", f"{user}.x", timeout=5)


async def declaring(channel: AbstractChannel, mine: AbstractQueue, user: str) -> None:
    await channel.declare_queue("edge.mine", exclusive=True, timeout=5)


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param(saying("events", "inventory.stock-moved.v1"), id="publish an event"),
        pytest.param(saying("commands", "inventory.register-product.v1"), id="publish a command that it was not given"),
        pytest.param(reading, id="read another queue"),
        pytest.param(feeding, id="bind another queue"),
        pytest.param(declaring, id="declare a queue under another name"),
        pytest.param(hearing("events", "#"), id="hear events"),
        pytest.param(hearing("commands", "#"), id="hear commands"),
        pytest.param(hearing("replies", "#"), id="hear all answers"),
        pytest.param(hearing("replies", "edge.replies"), id="hear the answers of another"),
        pytest.param(saying("", "inventory"), id="write to a queue"),
        *(pytest.param(saying(one, "inventory"), id=f"write to {one}") for one in ("replies", "queries", "jobs", "dead-letters")),
        pytest.param(saying("commands", "inventory.replenish-stock.v1", user_id="somebody"), id="speak as another"),
    ],
)
async def test_a_producer_cannot(url: str, attempt: Try) -> None:
    async with await aio_pika.connect(url) as connection:
        channel, user = await connection.channel(), URL(url).user or ""
        mine = await channel.declare_queue(f"{user}.{root()}", exclusive=True)
        await mine.bind("replies", mine.name)
        with pytest.raises((ChannelAccessRefused, ChannelPreconditionFailed)):
            await attempt(channel, mine, user)


async def test_a_producer_has_no_login_to_the_management(shop: Settings, url: str) -> None:
    login = httpx.BasicAuth(URL(url).user or "", URL(url).password or "")
    async with httpx.AsyncClient(auth=login, trust_env=False) as client:
        assert (await client.get(str(URL(shop.management_url).with_user(None) / "api" / "whoami"))).status_code == 401


async def test_a_producer_keeps_its_password_when_its_rights_change_and_loses_all_when_removed(shop: Settings) -> None:
    first = await producers.add(shop, "till", ["inventory.replenish-stock.v1"])
    again = await producers.add(shop, "till", ["inventory.register-product.v1"])
    assert again == first and producers.known(shop)["till"] == ["inventory.register-product.v1"]
    async with await aio_pika.connect(again) as connection:
        await saying("commands", "inventory.register-product.v1")(await connection.channel(), None, "")  # type: ignore[arg-type]
    # Whoever prepares the servers anew makes it again.
    await provision(shop, ["inventory"])
    async with await aio_pika.connect(again):
        pass
    await producers.remove(shop, "till")
    assert "till" not in producers.known(shop)
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(again, timeout=5)


@pytest.mark.parametrize(
    ("name", "topic", "said"),
    [("Shelf!", "inventory.replenish-stock.v1", "name"), ("shelf", "inventory.stock-moved.v1", "no command")],
)
async def test_an_impossible_producer_is_refused(shop: Settings, name: str, topic: str, said: str) -> None:
    with pytest.raises(LookupError, match=said):
        await producers.add(shop, name, [topic])
