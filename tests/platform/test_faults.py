"""Causing faults: one at a time, in what is ours alone, and never for longer than was said."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra import services
from infra.faults import Refused, Wish, address, ask
from infra.settings import Settings
from infra.supervisor import faults as module
from infra.supervisor.child import Child
from infra.supervisor.faults import Faults
from infra.supervisor.frozen import SLACK, frozen
from infra.supervisor.listening import listen
from tests.journeys.client import eventually

ROOT = Path(__file__).parents[2]


class Sleeper(Child):
    """A worker that does nothing, and is ready when it lives and does not stand still."""

    async def start(self, python: str, folder: Path) -> None:
        self.process = await asyncio.create_subprocess_exec("sleep", "60", start_new_session=True)

    async def answers(self, client: Any) -> bool:
        return self.process is not None and self.process.returncode is None and letter(self.process.pid) == "S"


def letter(process_id: int) -> str:
    """S for a process that sleeps, T for one that is stopped; empty for none."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return ""


async def becomes(process_id: int, wanted: str) -> None:
    async def there() -> bool:
        return letter(process_id) == wanted

    await eventually(there, 5, f"{process_id} is {wanted}")


def worker(name: str, home: Path) -> Sleeper:
    log = home / f"{name}.log"
    log.touch()
    return Sleeper(name, ("worker", name), 1, "/readyz", log)


@pytest.fixture
async def workers(tmp_path: Path) -> AsyncIterator[list[Sleeper]]:
    found = [worker("order", tmp_path), worker("payment", tmp_path)]
    for one in found:
        await one.start("", tmp_path)
    yield found
    for one in found:
        await one.stop(1)


def of(home: Path, children: Sequence[Child], started: Sequence[str] = (), **changed: Any) -> Faults:
    return Faults(Settings(home=home, **changed), children, started, print)


def refused(faults: Faults, wish: Wish) -> str:
    with pytest.raises(Refused) as caught:
        faults.begin(wish)
    return caught.value.reason


async def healed(faults: Faults) -> dict[str, Any]:
    async def one() -> Any:
        return faults.recent[-1] if faults.recent[-1]["healed"] else None

    found: dict[str, Any] = await eventually(one, 10)
    return found


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


async def test_a_frozen_lane_stands_still_and_goes_on(workers: list[Sleeper], tmp_path: Path) -> None:
    faults = of(tmp_path, workers)
    faults.begin(Wish(fault="freeze", worker="order", seconds=0.5))
    await becomes(pid(workers[0]), "T")
    assert letter(pid(workers[1])) == "S"
    assert (await healed(faults))["target"] == "order"
    assert letter(pid(workers[0])) == "S"


async def test_one_fault_at_a_time_and_a_rest_between(workers: list[Sleeper], tmp_path: Path) -> None:
    faults = of(tmp_path, workers)
    faults.begin(Wish(fault="freeze", seconds=0.3))
    assert refused(faults, Wish(fault="kill")) == "fault_running"
    await healed(faults)
    assert refused(faults, Wish(fault="kill")) == "too_soon"
    await asyncio.sleep(module.REST + 0.1)
    faults.begin(Wish(fault="freeze", seconds=0))
    await healed(faults)


async def test_ctrl_c_in_the_middle_thaws_at_once_and_causes_no_more(workers: list[Sleeper], tmp_path: Path) -> None:
    faults = of(tmp_path, workers)
    faults.begin(Wish(fault="freeze", worker="order", seconds=30))
    await becomes(pid(workers[0]), "T")
    await asyncio.wait_for(faults.close(), 3)
    await becomes(pid(workers[0]), "S")
    assert refused(faults, Wish(fault="kill")) == "no_supervisor"


async def test_a_killed_worker_is_started_again_by_its_watcher(workers: list[Sleeper], tmp_path: Path) -> None:
    faults, first = of(tmp_path, workers), pid(workers[0])
    watching = asyncio.create_task(workers[0].watch("", tmp_path, print, lambda: None))
    faults.begin(Wish(fault="kill", worker="order"))
    await healed(faults)
    assert pid(workers[0]) != first and workers[0].deaths == 1
    await workers[0].stop(1)
    await watching


@pytest.mark.parametrize(("fault", "server"), [("stop", "rabbitmq"), ("cut", "postgres")])
async def test_what_was_not_started_here_is_left_alone(
    fault: str, server: str, workers: list[Sleeper], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "cut", lambda *_: pytest.fail("a server of somebody else was cut"))
    wish = Wish.model_validate({"fault": fault})
    named = {"amqp_url": "amqp://there/", "database_url": "postgresql://there/db"}
    for faults in (of(tmp_path, workers, (server,), **named), of(tmp_path, workers)):
        assert refused(faults, wish) == "external_server"
        assert {one["name"]: one["reason"] for one in faults.view()["faults"]}[fault] == "external_server"


async def test_a_server_that_is_ours_is_cut_and_started_again(
    workers: list[Sleeper], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(services, "cut", lambda settings, name: done.append(f"cut {name}"))
    monkeypatch.setattr(services, "start", lambda settings, *, say, only: done.append(f"start {only[0]}"))
    faults = of(tmp_path, workers, ("postgres",))
    faults.begin(Wish(fault="cut", seconds=0))
    await healed(faults)
    assert done == ["cut postgres", "start postgres"]


async def test_a_fault_that_does_not_heal_says_so(
    workers: list[Sleeper], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READY", 0.2)
    faults = of(tmp_path, workers)
    faults.begin(Wish(fault="kill", worker="order"))

    async def given_up() -> bool:
        return "TimeoutError" in faults.recent[-1].get("error", "")

    await eventually(given_up, 5)
    assert faults.recent[-1]["healed"] is None


async def test_nobody_can_be_killed_who_is_not_there(workers: list[Sleeper], tmp_path: Path) -> None:
    faults = of(tmp_path, workers)
    assert refused(faults, Wish(fault="kill", worker="edge")) == "unknown_worker"
    workers[0]._stopping = True
    workers[0].process.kill()  # type: ignore[union-attr]  # the fixture has started it
    await workers[0].process.wait()  # type: ignore[union-attr]
    assert refused(faults, Wish(fault="kill", worker="order")) == "worker_away"
    assert refused(of(tmp_path, []), Wish(fault="freeze")) == "worker_away"


async def test_a_process_thaws_when_its_time_is_over_and_nobody_has_come() -> None:
    sleeper = await asyncio.create_subprocess_exec("sleep", "60")
    async with frozen(sleeper.pid, 0.5 - SLACK):
        await becomes(sleeper.pid, "T")
        await becomes(sleeper.pid, "S")
    sleeper.kill()
    await sleeper.wait()


async def test_a_process_thaws_when_whoever_froze_it_is_killed() -> None:
    sleeper = subprocess.Popen(["sleep", "60"], start_new_session=True)
    program = (
        "import asyncio, sys\nfrom infra.supervisor.frozen import frozen\n"
        "async def main():\n    async with frozen(int(sys.argv[1]), 30):\n        print('frozen', flush=True)\n"
        "        await asyncio.sleep(30)\nasyncio.run(main())"
    )
    freezer = subprocess.Popen([sys.executable, "-c", program, str(sleeper.pid)], cwd=ROOT, stdout=subprocess.PIPE)
    assert freezer.stdout is not None and freezer.stdout.readline() == b"frozen\n"
    await becomes(sleeper.pid, "T")

    freezer.kill()
    freezer.wait()

    await becomes(sleeper.pid, "S")
    os.kill(sleeper.pid, signal.SIGKILL)
    sleeper.wait()


async def test_wishes_come_over_a_socket_that_only_its_owner_can_open(workers: list[Sleeper], tmp_path: Path) -> None:
    faults = of(tmp_path, workers)
    listening = asyncio.create_task(listen(tmp_path, faults))
    socket = tmp_path / "control" / "faults.sock"

    async def there() -> bool:
        return socket.exists()

    await eventually(there, 5)
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700 and stat.S_IMODE(socket.stat().st_mode) == 0o600
    assert (await ask(tmp_path))["workers"] == ["order", "payment"]
    began = await ask(tmp_path, Wish(fault="freeze", worker="payment", seconds=0.2))
    assert (began["fault"], began["target"], began["seconds"]) == ("freeze", "payment", 0.2)
    with pytest.raises(Refused, match="has not healed") as caught:
        await ask(tmp_path, Wish(fault="kill"))
    assert (caught.value.reason, caught.value.retry_after) == ("fault_running", 2)
    await healed(faults)

    with address(tmp_path) as path:
        reader, writer = await asyncio.open_unix_connection(path)
    writer.write(json.dumps({"fault": "explode"}).encode() + b"\n")
    assert await reader.read() == b"", "what is no wish gets no answer"
    writer.close()

    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    assert not socket.exists()
    with pytest.raises(Refused, match="No `hikyaku up`"):
        await ask(tmp_path)
