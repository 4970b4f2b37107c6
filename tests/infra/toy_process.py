"""A process that runs the toy group, so that tests can kill it: `python -m tests.infra.toy_process AMQP DSN PARTITIONS`."""

from __future__ import annotations

import asyncio
import signal
import sys

import uvloop

from tests.infra.harness import World, toy


async def main(amqp: str, dsn: str, partitions: int) -> None:
    group = toy(partitions)
    member = World(amqp, dsn, "", "", [group]).member(group)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await member.start()
    print("ready", flush=True)
    await stop.wait()
    await member.drain(10)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
