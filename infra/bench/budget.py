"""Where the microseconds of a command go: `python -m infra.bench.budget`. Needs the group `bench` (py-spy).

One process of the toy domain drains a full queue while it is sampled 500 times a second. Its CPU is shared out by where the
samples were; the servers' CPU is what the system says of their processes.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import uvloop

from infra.bench.kernel import some
from infra.bench.place import Place, place
from infra.bench.spending import spent
from infra.settings import settings

COUNT = 15_000
STAGES = (
    ("receive: frames and the shortcut", r"__reader|infra/(unpacking|receiving)[.]py"),
    ("relay: frames and confirms", r"infra/(relay|wire|frames)[.]py"),
    ("send: aiormq's writer", r"Connection.__writer"),
    ("begin, fence, inbox", r"entered [(]infra/inbox|Transaction._(entered|fresh)"),
    ("load rows", r"Store.load|Lookup.load"),
    ("decide", r"Batch.decide"),
    ("letters and the event store's copy", r"bundle_of|operations.told|told [(]infra/operations"),
    ("write", r"Saving.save|Writing.flush"),
    ("commit and the rest of the transaction", r"Transaction[.]"),
    ("read: envelope, contract, digest", r"Lane._(compose|read)"),
    ("acknowledge, metrics, the rest of the lane", r"infra/(lane|settling|pace)[.]py"),
    ("event loop and the rest", r""),
)
"""Each sample belongs to the first stage that any of its frames matches."""


def shares(samples: Path) -> Iterator[tuple[str, float]]:
    """Of py-spy's raw format: frames from the outermost on, and how often they were seen."""
    found: Counter[str] = Counter()
    for line in samples.read_text().splitlines():
        frames, _, count = line.rpartition(" ")
        found[next(stage for stage, pattern in STAGES if re.search(pattern, frames))] += int(count)
    total = found.total()
    for stage, _ in STAGES:
        yield stage, found[stage] / total


async def measured(here: Place) -> dict[str, float]:
    """Microseconds for a command, by stage and server."""
    await here.send(some(COUNT))
    reading = await asyncpg.connect(here.dsn)
    worker = await here.worker(1)
    while (before := await reading.fetchval("SELECT count(*) FROM inbox")) < 1_500:
        await asyncio.sleep(0.02)
    began = spent({"worker": worker.pid}, here.settings.folder)
    with tempfile.TemporaryDirectory() as folder:
        samples = Path(folder) / "samples"
        spy = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("py-spy")), "record", "--rate", "500", "--format", "raw", "--duration", "3",
            "--output", str(samples), "--pid", str(worker.pid),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        while await reading.fetchval("SELECT count(*) FROM inbox") < COUNT:
            await asyncio.sleep(0.02)
        ended = spent({"worker": worker.pid}, here.settings.folder)
        await spy.wait()
        await reading.close()
        cost = {name: (ended[name] - began[name]) / (COUNT - before) * 1e6 for name in ("worker", "postgres", "rabbitmq")}
        stages = {stage: share * cost["worker"] for stage, share in shares(samples)}
    return stages | {"worker, all of it": cost["worker"], "PostgreSQL": cost["postgres"], "RabbitMQ": cost["rabbitmq"]}


async def main() -> None:
    async with place(settings(), 1) as here:
        for name, cost in (await measured(here)).items():
            print(f"| {name} | {cost:,.0f} |")


if __name__ == "__main__":
    uvloop.run(main())
