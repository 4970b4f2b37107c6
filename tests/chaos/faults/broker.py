"""B: the broker dies, hangs, is far away, refuses, forgets."""

from __future__ import annotations

import asyncio
import random
import signal

import httpx

from tests.chaos.frames import ConfirmWatch
from tests.chaos.scenario import scenario
from tests.chaos.world import World


@scenario("B1", "the broker is killed and comes back after 5 s")
async def killed(world: World, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(2, 4))
    world.history.fault("broker killed")
    await world.kill_broker()
    await asyncio.sleep(5)
    await world.start_again("rabbitmq")


@scenario("B2", "the broker is restarted properly")
async def restarted(world: World, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(2, 4))
    world.history.fault("stop_app")
    await world.ctl("stop_app")
    await asyncio.sleep(2)
    await world.ctl("start_app")


@scenario("B3", "nothing passes for 20 s and nobody is told", seconds=22)
async def silent(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    world.history.fault("hole")
    world.amqp.hole(True)
    await asyncio.sleep(20)
    world.amqp.hole(False)


@scenario("B4", "every connection is reset each 2 s, six times", seconds=14)
async def resets(world: World, chance: random.Random) -> None:
    for _ in range(6):
        await asyncio.sleep(chance.uniform(1.5, 2.5))
        world.history.fault(f"reset of {world.amqp.reset()} connections")


@scenario("B5", "the broker is 200 ms away")
async def far(world: World, chance: random.Random) -> None:
    world.history.fault("latency 200 ± 100 ms")
    world.amqp.latency, world.amqp.jitter = 0.2, 0.1
    await asyncio.sleep(10)
    world.amqp.latency = world.amqp.jitter = 0.0


@scenario("B6", "the broker freezes for 25 s", seconds=26)
async def frozen(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    world.history.fault("SIGSTOP")
    await world.freeze_broker(True)
    try:
        await asyncio.sleep(25)
    finally:
        await world.freeze_broker(False)


@scenario("B7", "a disk alarm blocks every publisher for 15 s", seconds=18)
async def disk_alarm(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    world.history.fault("disk alarm")
    await world.ctl("set_disk_free_limit", "9000GB")
    try:
        await asyncio.sleep(15)
    finally:
        await world.ctl("set_disk_free_limit", "200MB")


@scenario("B8", "a memory alarm blocks every publisher for 15 s", seconds=18)
async def memory_alarm(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    world.history.fault("memory alarm")
    await world.ctl("set_vm_memory_high_watermark", "0")
    try:
        await asyncio.sleep(15)
    finally:
        await world.ctl("set_vm_memory_high_watermark", "0.4")


@scenario("B9", "the queues of payment and order are deleted with what is in them", recovery=90)
async def deleted(world: World, chance: random.Random) -> None:
    for queue in ("payment", "order"):
        await asyncio.sleep(chance.uniform(2, 4))
        world.history.fault(f"queue {queue} deleted")
        await world.management("DELETE", f"queues/{{vhost}}/{queue}")


@scenario("B10", "payment's bindings are removed", recovery=90)
async def unbound(world: World, chance: random.Random) -> None:
    await asyncio.sleep(chance.uniform(2, 4))
    bindings = await world.management("GET", "queues/{vhost}/payment/bindings")
    removed = [one for one in bindings if one["source"] in ("commands", "events")]
    for one in removed:
        await world.management("DELETE", f"bindings/{{vhost}}/e/{one['source']}/q/payment/{one['properties_key']}")
    world.history.fault(f"{len(removed)} bindings of payment removed")


@scenario("B11", "payment's broker user may do nothing for 10 s", seconds=14)
async def forbidden(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    users = await world.management("GET", "vhosts/{vhost}/permissions")
    payment = next(one for one in users if one["user"].endswith("payment"))
    path = f"permissions/{{vhost}}/{payment['user']}"
    world.history.fault(f"permissions of {payment['user']} cleared")
    await world.management("DELETE", path)
    await _close_connections_of(world, payment["user"])
    await asyncio.sleep(10)
    await world.management("PUT", path, {name: payment[name] for name in ("configure", "write", "read")})


@scenario("B12", "the broker's confirms are lost for 12 s", seconds=16)
async def unconfirmed(world: World, chance: random.Random) -> None:
    world.history.fault("confirms lost from now on")
    lost = True
    world.amqp.watch = lambda: ConfirmWatch(lambda: lost)
    world.amqp.reset()
    await asyncio.sleep(12)
    lost = False


@scenario("B13", "payment's queue is full for 8 s and refuses")
async def full(world: World, chance: random.Random) -> None:
    await asyncio.sleep(2)
    world.history.fault("payment: max-length 1, reject-publish")
    definition = {"pattern": "^payment$", "definition": {"max-length": 1, "overflow": "reject-publish"}, "apply-to": "queues"}
    await world.management("PUT", "policies/{vhost}/full", definition)
    await asyncio.sleep(8)
    await world.management("DELETE", "policies/{vhost}/full")


@scenario("B14", "the broker closes the channels of workers that are silent for 3 s", seconds=16)
async def consumer_timeout(world: World, chance: random.Random) -> None:
    """Frozen workers hold letters longer than the broker waits; its own default is half an hour."""
    await _patience(world, timeout=3_000, look=1_000)
    world.amqp.reset()
    try:
        for _ in range(2):
            await asyncio.sleep(2)
            world.history.fault("workers frozen for 5 s")
            world.kill("workers", signal.SIGSTOP)
            await asyncio.sleep(5)
            world.kill("workers", signal.SIGCONT)
    finally:
        await _patience(world, timeout=1_800_000, look=60_000)
        world.amqp.reset()


async def _patience(world: World, timeout: int, look: int) -> None:
    """For channels that are opened from now on."""
    for name, value in (("consumer_timeout", timeout), ("channel_tick_interval", look)):
        await world.ctl("eval", f"application:set_env(rabbit, {name}, {value}).")


async def _close_connections_of(world: World, user: str) -> None:
    for one in await world.management("GET", "connections"):
        if one.get("user") == user:
            try:
                await world.management("DELETE", f"connections/{one['name'].replace(' ', '%20').replace('>', '%3E')}")
            except httpx.HTTPStatusError:
                continue
