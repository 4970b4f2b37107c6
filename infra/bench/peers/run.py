"""hop with each peer that is installed, one after the other, each in a namespace of its own."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import aio_pika
import asyncpg
from aio_pika.abc import AbstractChannel

from infra.bench import Figure
from infra.bench.peers import EVENTS, PEERS, TOPIC, Peer
from infra.bench.place import ROOT, Place, place
from infra.bench.spending import Clock
from infra.settings import Settings

COUNT = 4_000
WARM = 400
"""Commands before the clock starts."""


async def peers(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """4,000 commands preloaded for two processes of each; the rate at which confirmed events come out."""
    figures: list[Figure] = []
    for peer in PEERS:
        if not peer.installed:
            say(f"  {peer.title} is not installed: `requirements/install bench` installs the peers")
            continue
        say(f"  {peer.title}")
        async with place(settings, 1) as here:
            try:
                figures += await _measured(peer, here)
            except (TimeoutError, RuntimeError) as error:
                say(f"  {peer.title} was not measured: {error or type(error).__name__}")
    return figures


async def _measured(peer: Peer, here: Place) -> list[Figure]:
    environment = os.environ | {"PEER_AMQP_URL": here.amqp_url, "PEER_DSN": here.dsn, "PYTHONWARNINGS": "ignore"}
    connection = await asyncpg.connect(here.dsn)
    await connection.execute("CREATE TABLE peer_inbox (id uuid PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())")
    await connection.close()
    async with await aio_pika.connect(here.amqp_url) as broker:
        channel = await broker.channel()
        ear = await channel.declare_queue(EVENTS, durable=True, arguments={"x-queue-type": "quorum"})
        await ear.bind("events", TOPIC)
        await _ended(["python", "-m", peer.module, "send", str(COUNT)], environment)
        workers = [await _begun(peer.worker, environment) for _ in range(peer.started)]
        try:
            await _heard(channel, WARM)
            clock, before = Clock(here.settings.folder), await _count(channel)
            await _heard(channel, COUNT)
            clock.stop()
        finally:
            await asyncio.gather(*map(_stop, workers))
    done = COUNT - before
    told = f"{peer.guarantees}; 2 processes, {COUNT} commands preloaded; others had {clock.others:.0%} of the machine"
    return [
        Figure(f"hop, {peer.title}", done / clock.took, "commands/s", "", "", told),
        Figure(f"hop, {peer.title}, CPU", clock.cpu / done * 1e6, "µs/command", "", "", told),
    ]


async def _begun(command: Sequence[str], environment: dict[str, str]) -> asyncio.subprocess.Process:
    program = str(Path(sys.executable).with_name(command[0]))
    silent = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(program, *command[1:], cwd=ROOT, env=environment, stdout=silent, stderr=silent)


async def _ended(command: Sequence[str], environment: dict[str, str]) -> None:
    child = await _begun(command, environment)
    async with asyncio.timeout(60):
        if await child.wait():
            raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}")


async def _stop(child: asyncio.subprocess.Process) -> None:
    """Warmly first; some of them wait for threads that wait for the broker."""
    with suppress(ProcessLookupError):
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), 10)
    except TimeoutError:
        child.kill()
        await child.wait()


async def _count(channel: AbstractChannel) -> int:
    declared = await channel.declare_queue(EVENTS, passive=True)
    return declared.declaration_result.message_count or 0


async def _heard(channel: AbstractChannel, count: int) -> None:
    async with asyncio.timeout(120):
        while await _count(channel) < count:
            await asyncio.sleep(0.02)
