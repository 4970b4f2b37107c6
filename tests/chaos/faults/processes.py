"""W, R, E: processes of the shop die at named places, freeze and come back, or are restarted one by one."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from contextlib import suppress

from tests.chaos import load
from tests.chaos.scenario import Fault, scenario
from tests.chaos.world import World
from tests.journeys.client import Client
from tests.journeys.shop import MANY

POINTS = {
    "W1": ("lane.received", 30, "a worker dies after it received a batch"),
    "W2": ("transaction.before_commit", 30, "a worker dies inside its transaction"),
    "W3": ("lane.before_ack", 30, "a worker dies after its commit and before the acknowledgement"),
    "W4": ("lane.after_ack", 30, "a worker dies after the acknowledgement"),
    "W5": ("job.before_commit", 4, "a job dies after it asked the card provider and before it could say so"),
    "W5b": ("job.after_commit", 4, "a job dies after it said what it did"),
    "R1": ("transaction.after_commit", 30, "a worker dies with a committed bundle that was never published"),
    "R2": ("relay.after_publish", 30, "a worker dies with a confirmed bundle that it has not forgotten"),
    "E1": ("edge.before_commit", 20, "the edge dies before it has stored a request"),
    "E1b": ("edge.after_commit", 20, "the edge dies after it has stored a request and before it answers"),
}
"""Place, the hit at which the process dies (counted anew in each life), title."""


def _dies() -> Fault:
    async def fault(world: World, chance: random.Random) -> None:
        """The failpoint does it all by itself; the supervisor starts the process again."""
        await asyncio.sleep(10)

    return fault


for row, (place, hit, title) in POINTS.items():
    scenario(row, title, failpoint=f"{place}:{hit}", deaths=3)(_dies())


@scenario(
    "W6", "a worker dies when the timer of a reservation rings",
    failpoint="timer.ringing:1", deaths=1, extra={"HIKYAKU_RESERVATION_TTL": "4"},
)  # fmt: skip
async def forgotten(world: World, chance: random.Random) -> None:
    """Sagas are done before their timers ring. Here somebody reserves and never comes back."""
    world.history.fault("20 reservations that nobody confirms")
    somebody = Client(world.shop, "forgetful", "admin")
    for n in range(20):
        items = [{"sku": load.sku(chance.randrange(load.PRODUCTS)), "quantity": 1}]
        body = {"order_id": f"forgotten-{n}", "customer_id": somebody.subject, "items": items}
        (await somebody.post("/v1/reservations", body, wait=0)).raise_for_status()
        await asyncio.sleep(0.1)
    await somebody.http.aclose()
    await asyncio.sleep(8)


@scenario("W8", "a worker freezes for 20 s, loses its lanes and wakes up again", seconds=24, mode=MANY, recovery=90)
async def frozen(world: World, chance: random.Random) -> None:
    await asyncio.sleep(3)
    name = chance.choice(("payment", "order", "inventory"))
    world.history.fault(f"{name} frozen")
    world.kill(name, signal.SIGSTOP)
    try:
        await asyncio.sleep(20)
    finally:
        world.kill(name, signal.SIGCONT)


@scenario("M6", "payment gets a tenth of its time", seconds=16, mode=MANY, recovery=90)
async def slow(world: World, chance: random.Random) -> None:
    world.history.fault("payment runs 0.1 s in each second")
    for _ in range(14):
        world.kill("payment", signal.SIGSTOP)
        await asyncio.sleep(0.9)
        world.kill("payment", signal.SIGCONT)
        await asyncio.sleep(0.1)


@scenario("R3", "two more processes take part, and one of them is killed", seconds=16, mode=MANY)
async def crowd(world: World, chance: random.Random) -> None:
    """Lanes and relays change hands in mid-load; the third process comes while the second is there."""
    shop, others = world.shop, []
    command = [sys.executable, "-m", "infra.cli", "worker", "inventory", "payment", "order"]
    try:
        for _ in range(2):
            await asyncio.sleep(2)
            world.history.fault("one process more")
            others.append(subprocess.Popen(
                command, cwd=shop.root, env=shop.environment, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            ))  # fmt: skip
        await asyncio.sleep(7)
        world.history.fault("one of them is killed")
        others[0].kill()
        await asyncio.sleep(2)
    finally:
        for one in others:
            one.terminate()
            await asyncio.to_thread(one.wait, 40)


@scenario("U1", "every process is asked to stop, one after the other", seconds=16, mode=MANY)
async def rolling(world: World, chance: random.Random) -> None:
    await asyncio.sleep(1)
    for name in ("inventory", "payment", "shipping", "order", "jobs", "edge"):
        world.history.fault(f"{name}: SIGTERM")
        with suppress(ProcessLookupError):
            world.kill(name, signal.SIGTERM)
        await asyncio.sleep(2)


@scenario("W0", "a random process is killed each second, ten times", seconds=14)
async def killed(world: World, chance: random.Random) -> None:
    for _ in range(10):
        await asyncio.sleep(1)
        name = chance.choice(("workers", "workers", "jobs", "edge"))
        world.history.fault(f"{name}: SIGKILL")
        with suppress(ProcessLookupError):
            world.kill(name)
