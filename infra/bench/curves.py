"""How the cost of a command grows: `python -m infra.bench.curves [batch growth processes partitions payload rate]`.

Each curve is drawn into docs/performance/<name>.svg, and its points are kept beside it. Needs the group `bench`.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from uuid import uuid4

import asyncpg
import uvloop

from infra import ids, ownership, services
from infra import letter as letters
from infra.bench import toy
from infra.bench.kernel import cost_at, drained, some
from infra.bench.place import ROOT, Place, place
from infra.bench.spending import Clock
from infra.database import Pool, connect
from infra.envelope import Envelope
from infra.incoming import Incoming
from infra.settings import Settings, settings
from infra.transaction import Transaction

FOLDER = ROOT / "docs/performance"
COUNT = 12_000


@dataclass(frozen=True, slots=True)
class Point:
    """`rate` in commands a second, 0 where the rate is given; `cost` in microseconds of CPU for a command; `others` is the
    share of the machine that had nothing to do with it, which lowers the rate and hardly the cost."""

    x: float
    rate: float
    cost: float
    others: float = 0.0


async def batch(given: Settings) -> AsyncIterator[Point]:
    """Transactions alone, no broker."""
    async with place(given, 1) as here, _lane(here) as (pool, transaction):
        for size in (1, 2, 4, 8, 16, 32, 64, 128, 256):
            yield await _settled(here, pool, transaction, size, min(COUNT, 600 * size), size)


async def growth(given: Settings) -> AsyncIterator[Point]:
    """Inbox and outbox with so many rows of today already; batches of 64."""
    async with place(given, 1) as here, _lane(here) as (pool, transaction):
        filled = 0
        for rows in (0, 1_000_000, 10_000_000):
            await _fill(here, filled, rows)
            filled = rows
            yield await _settled(here, pool, transaction, 64, COUNT, rows)


async def processes(given: Settings) -> AsyncIterator[Point]:
    for count in (1, 2, 3, 4):
        yield await _drained(given, COUNT, count, 4, count)


async def partitions(given: Settings) -> AsyncIterator[Point]:
    for count in (1, 2, 4, 8, 16):
        yield await _drained(given, COUNT, 1, count, count)


async def payload(given: Settings) -> AsyncIterator[Point]:
    for size in (200, 1_024, 4_096, 16_384, 61_440):
        yield await _drained(given, COUNT if size < 16_384 else 1_500, 1, 1, round(size / 1024, 1), "x" * (size - 40))


async def rate(given: Settings) -> AsyncIterator[Point]:
    async with place(given, 2) as here:
        await asyncio.gather(here.worker(2), here.worker(2))
        await asyncio.sleep(6)
        reading = await asyncpg.connect(here.dsn)
        for one in (50, 100, 200, 400, 1_000, 2_000, 4_000):
            yield Point(one, 0, await cost_at(here, reading, one))
        await reading.close()


CURVES: dict[str, tuple[Callable[[Settings], AsyncIterator[Point]], str, bool]] = {
    "batch": (batch, "messages in a transaction", True),
    "growth": (growth, "rows in inbox and in outbox", False),
    "processes": (processes, "processes, 4 lanes", False),
    "partitions": (partitions, "lanes, 1 process", True),
    "payload": (payload, "KiB in a command, 1 process", True),
    "rate": (rate, "commands a second, 2 processes", True),
}
"""Curve, what its x axis says, and whether that is logarithmic."""


async def _drained(given: Settings, count: int, workers: int, parts: int, x: float, note: str = "") -> Point:
    async with place(given, parts) as here:
        found = await drained(here, some(count, note), workers, parts)
    return Point(x, found.rate, found.cost, found.others)


@asynccontextmanager
async def _lane(here: Place) -> AsyncIterator[tuple[Pool, Transaction]]:
    pool = await connect(here.dsn, 1, "bench")
    claim = await ownership.claim(pool, 0, uuid4(), by_force=True)
    assert claim is not None
    transaction = Transaction(pool, toy.group(1), 0, uuid4(), ())
    transaction.epoch = claim.epoch
    yield pool, transaction
    pool.terminate()


async def _settled(here: Place, pool: Pool, transaction: Transaction, size: int, count: int, x: float) -> Point:
    """Batches of one size, read and decided as a lane does; the first ones are not counted."""
    commands = [_incoming(one) for one in some(count + 4 * size)]
    turns = [commands[start : start + size] for start in range(0, len(commands), size)]
    for turn in turns[:4]:
        await transaction.settle(turn)
    clock = Clock(here.settings.folder)
    for turn in turns[4:]:
        await transaction.settle(turn)
    clock.stop()
    return Point(x, count / clock.took, clock.cpu / count * 1e6, clock.others)


def _incoming(command: toy.Add) -> Incoming:
    envelope = Envelope.fresh(command, "bench")
    letter = letters.write(envelope)
    return Incoming(envelope, letter.headers, letter.body, letters.digest(letter.topic, letter.body))


async def _fill(here: Place, first: int, last: int) -> None:
    """Settled messages and sent letters of today, spread over the hours that have passed."""
    if first == last:
        return
    start = ids.root().int >> 80
    start -= start % 86_400_000
    span = max(1, ((ids.root().int >> 80) - start) // 2)
    identity = f"(lpad(to_hex({start}::bigint + n % {span}), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid"
    rows = f"generate_series({first}::bigint, {last - 1}::bigint) AS n"
    connection = await asyncpg.connect(here.dsn)
    await connection.execute(f"INSERT INTO inbox SELECT {identity}, decode(md5(n::text), 'hex') FROM {rows}")
    headers = '\'{"subject": "c1", "sequence": 1, "partition-key": "c1", "source": "toy"}\''
    body = '\'{"name":"c1","value":1}\''
    await connection.execute(
        f"INSERT INTO outbox SELECT {identity}, 0, {identity}, 'events', 'toy.added.v1', {headers}, {body} FROM {rows}"
    )
    await connection.execute("ANALYZE inbox")
    await connection.close()
    # What the filling has left to write must not be written while it is measured; the domain's owner may not ask for that.
    server = await asyncpg.connect(here.settings.database_url)
    await server.execute("CHECKPOINT")
    await server.close()


def draw(name: str, points: list[Point]) -> None:
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": name, "font.size": 9, "font.family": "sans-serif"}
    from matplotlib import pyplot

    _, label, logarithmic = CURVES[name]
    shown = [("µs of CPU for a command", [one.cost for one in points])]
    if any(one.rate for one in points):
        shown.insert(0, ("commands a second", [one.rate for one in points]))
    figure, axes = pyplot.subplots(1, len(shown), figsize=(3.6 * len(shown), 2.6), squeeze=False)
    for axis, (title, values) in zip(axes[0], shown, strict=True):
        axis.plot([one.x for one in points], values, marker="o", color="#0b6e8f")
        axis.set(xlabel=label, title=title, ylim=(0, max(values) * 1.1))
        if logarithmic:
            axis.set_xscale("log", base=2)
            axis.set_xticks([one.x for one in points], [f"{one.x:g}" for one in points])
            axis.minorticks_off()
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    pyplot.close(figure)


async def _collected(points: AsyncIterator[Point]) -> list[Point]:
    found: list[Point] = []
    async for one in points:
        print(f"  {one.x:>12,g}  {one.rate:>8,.0f}/s  {one.cost:>7,.0f} µs  others {one.others:.0%}", flush=True)
        found.append(one)
    return found


def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    kept = FOLDER / "points.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    services.install(settings(), say=print)
    started = services.start(settings(), say=print)
    try:
        for name in names or CURVES:
            print(name, flush=True)
            points = uvloop.run(_collected(CURVES[name][0](settings())))
            known[name] = [asdict(one) for one in points]
            kept.write_text(json.dumps(known, indent=1) + "\n")
            draw(name, points)
    finally:
        services.stop(settings(), started.names, say=print)


if __name__ == "__main__":
    main(sys.argv[1:])
