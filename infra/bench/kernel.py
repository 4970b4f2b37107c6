"""hop: command → batch → relay → confirmed event. relay: a backlog drained. latency: one hop at a low rate."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import aio_pika
import asyncpg

from infra import ids, outbox
from infra.bench import Figure, toy
from infra.bench.place import Place, place
from infra.bench.spending import Clock
from infra.database import connect
from infra.envelope import Envelope
from infra.publisher import Publisher
from infra.relay import Relay
from infra.settings import Settings

COMMANDS = 20_000
BACKLOG = 30_000


@dataclass(frozen=True, slots=True)
class Drained:
    """Commands a second, microseconds of CPU for each (both servers', the workers' and the load's), how many processes had
    a lane, and the share of the machine that others had."""

    rate: float
    cost: float
    owners: int
    others: float


async def hop(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """20,000 commands preloaded for two processes, then the cost of a command at three rates."""
    async with place(settings, 2) as here:
        say(f"  {COMMANDS} commands to the queue")
        found = await drained(here, some(COMMANDS), 2, 2)
        told = (
            f"2 processes, {found.owners} with a lane; {toy.ROWS} rows, {COMMANDS} commands preloaded; "
            f"others had {found.others:.0%} of the machine"
        )
        figures = [
            Figure("hop", found.rate, "commands/s", "3,000", "4,500", told),
            Figure("hop, CPU", found.cost, "µs/command", "", "", told),
        ]
        reading = await asyncpg.connect(here.dsn)
        for rate in (100, 400, 1_000):
            say(f"  at {rate} per second")
            cost = await cost_at(here, reading, rate)
            figures.append(Figure(f"hop at {rate}/s, CPU", cost, "µs/command", "", "", TOLD))
        await reading.close()
    return figures


def some(count: int, note: str = "") -> list[toy.Add]:
    return [toy.Add(name=f"c{random.randrange(toy.ROWS)}", amount=1, note=note) for _ in range(count)]


async def drained(here: Place, commands: Sequence[toy.Add], processes: int, partitions: int) -> Drained:
    """All of them wait in the queue before the processes start; the clock runs from the first thousand on."""
    await here.send(commands)
    reading = await asyncpg.connect(here.dsn)
    await asyncio.gather(*(here.worker(partitions) for _ in range(processes)))
    await _until(reading, min(1_000, len(commands) // 5))
    clock, before = Clock(here.settings.folder), await reading.fetchval(DONE)
    await _until(reading, len(commands))
    while await reading.fetchval("SELECT count(*) FROM pending"):
        await asyncio.sleep(0.05)
    clock.stop()
    done = len(commands) - before
    owners = await reading.fetchval("SELECT count(DISTINCT owner) FROM lane WHERE epoch > 0")
    await reading.close()
    return Drained(done / clock.took, clock.cpu / done * 1e6, owners, clock.others)


TOLD = "with the sender's part, without what the idle system uses"
DONE = "SELECT count(*) FROM inbox"


async def _until(reading: asyncpg.Connection[asyncpg.Record], count: int, seconds: float = 120) -> None:
    """Raises TimeoutError: a benchmark that cannot end is no measurement."""
    async with asyncio.timeout(seconds):
        while await reading.fetchval(DONE) < count:
            await asyncio.sleep(0.1)


async def cost_at(here: Place, reading: asyncpg.Connection[asyncpg.Record], rate: int) -> float:
    """Microseconds of CPU for each command, the sender's part included, less what all of it uses when nothing comes."""
    seconds = 5
    clock = Clock(here.settings.folder)
    await asyncio.sleep(2)
    idle = clock.stop().cpu / clock.took
    before: int = await reading.fetchval(DONE)
    clock = Clock(here.settings.folder)
    publisher = Publisher(here.amqp_url, "bench")
    wire = await publisher.wire()
    began = time.perf_counter()
    for tick in range(seconds * 50):
        bundle = outbox.bundle_of(
            Envelope.fresh(toy.Add(name=f"c{random.randrange(toy.ROWS)}", amount=1), "bench") for _ in range(rate // 50)
        )
        await (await wire.send([(bundle.id, letter) for letter in bundle.letters])).landed
        await asyncio.sleep(max(0.0, began + (tick + 1) / 50 - time.perf_counter()))
    await asyncio.sleep(0.5)
    clock.stop()
    done: int = await reading.fetchval(DONE) - before
    await publisher.close()
    return (clock.cpu - idle * clock.took) / max(done, 1) * 1e6


async def relay(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """A backlog drained into a durable quorum queue, which in the end holds each letter once."""
    async with place(settings, 1) as here, await aio_pika.connect(here.amqp_url) as connection:
        channel = await connection.channel()
        ear = await channel.declare_queue("bench.ear", durable=True, arguments={"x-queue-type": "quorum"})
        await ear.bind("events", toy.Added.topic)
        pool = await connect(here.dsn, 1, "bench")
        say(f"  a backlog of {BACKLOG} letters")
        bundles = [
            outbox.bundle_of(Envelope.fresh(toy.Added(name=f"c{n}", value=n), "bench") for n in range(100))
            for _ in range(BACKLOG // 100)
        ]
        publisher = Publisher(here.amqp_url, "bench")
        sending = Relay("bench", pool, publisher, ids.root())
        await publisher.wire()
        began = time.perf_counter()
        running = asyncio.create_task(sending.run())
        for bundle in bundles:
            while sending._held > 15_000:
                await asyncio.sleep(0.005)
            sending.put(bundle)
        while not sending.idle:
            await asyncio.sleep(0.005)
        took = time.perf_counter() - began
        running.cancel()
        await publisher.close()
        pool.terminate()
        held = (await channel.declare_queue("bench.ear", passive=True)).declaration_result.message_count
        if held != BACKLOG:
            raise RuntimeError(f"{held} of {BACKLOG} letters arrived")
    told = "1 process, letters in memory, 100 to a bundle, each confirmed by a durable quorum queue"
    return [Figure("relay", BACKLOG / took, "letters/s", "12,000", "16,000", told)]


async def latency(settings: Settings, say: Callable[[str], None]) -> list[Figure]:
    """From a command's publish to its event at a listener, 100 a second for 10 s."""
    async with place(settings, 2) as here:
        await asyncio.gather(here.worker(2), here.worker(2))
        await asyncio.sleep(6)
        connection = await aio_pika.connect(here.amqp_url)
        sent: dict[str, float] = {}
        took: list[float] = []

        async def hear(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            if began := sent.pop(message.correlation_id or "", None):
                took.append(time.perf_counter() - began)

        async with connection:
            channel = await connection.channel()
            ear = await channel.declare_queue("", exclusive=True)
            await ear.bind("events", "toy.added.v1")
            await ear.consume(hear, no_ack=True)
            publisher = Publisher(here.amqp_url, "bench")
            wire = await publisher.wire()
            say("  1,000 commands at 100 per second")
            began = time.perf_counter()
            for n in range(1_000):
                envelope = Envelope.fresh(toy.Add(name=f"c{random.randrange(toy.ROWS)}", amount=1), "bench")
                bundle = outbox.bundle_of([envelope])
                sent[str(envelope.correlation)] = time.perf_counter()
                await (await wire.send([(bundle.id, bundle.letters[0])])).landed
                await asyncio.sleep(max(0.0, began + (n + 1) / 100 - time.perf_counter()))
            await asyncio.sleep(1)
            await publisher.close()
    cuts = statistics.quantiles(took, n=100)
    told = f"{len(took)} of 1,000 heard"
    return [
        Figure("latency p50", cuts[49] * 1e3, "ms", "10", "5", told),
        Figure("latency p99", cuts[98] * 1e3, "ms", "50", "15", told),
    ]
