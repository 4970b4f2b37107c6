"""A process of the toy domain: `python -m infra.bench.worker PARTITIONS`."""

from __future__ import annotations

import asyncio
import signal
import sys

import uvloop

from infra.actor import Verifier
from infra.bench import toy
from infra.member import Access, Member
from infra.provision import credentials
from infra.settings import settings


async def main(partitions: int) -> None:
    found = credentials(settings(), "toy")
    member = Member(toy.group(partitions), Access(found.amqp_url, found.owner_dsn), Verifier(None), settings().retry_delays)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await member.start()
    print("ready", flush=True)
    await stop.wait()
    await member.drain(10)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
