"""Do the heavy and blocking jobs of the domains in this process."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

PANEL = "Processes"
app = typer.Typer()


@app.command()
def jobs(port: Annotated[int, typer.Option(help="Port for /healthz, /readyz and /metrics; 0 serves none.")] = 0) -> None:
    """Work through the job queues of every domain that has jobs, until SIGTERM; jobs in hand are finished."""
    from infra.logs import begin
    from infra.settings import settings

    begin(settings().log_level)
    asyncio.run(_work(port))


async def _work(port: int) -> None:
    import signal

    from dramatiq.asyncio import get_event_loop_thread

    from infra import domains, health, job_worker
    from infra.member import Access
    from infra.provision import credentials
    from infra.settings import settings

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    groups = domains.load_all()
    found = {group.name: credentials(settings(), group.name) for group in groups}
    access = {name: Access(one.amqp_url, one.dsn) for name, one in found.items()}
    workers = await asyncio.to_thread(job_worker.work, groups, access)
    server = asyncio.create_task(health.serve(settings().health_host, port, dict))
    await stop.wait()
    await asyncio.gather(*(asyncio.to_thread(one.stop) for one in workers))
    # The loop that all of them shared is a thread of its own and would keep the process alive.
    if thread := get_event_loop_thread():
        await asyncio.to_thread(thread.stop)
    server.cancel()
