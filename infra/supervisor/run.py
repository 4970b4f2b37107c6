"""The life of `hikyaku up`, from the first server to the last process that is stopped."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx

from infra import domains, services
from infra.accounts_broker import MONITORING, user_of
from infra.errors import KernelError
from infra.group import Group
from infra.guard import guard
from infra.housekeeping import keep_partitions
from infra.provision import credentials
from infra.settings import Settings
from infra.supervisor import plan, state
from infra.supervisor.child import Child, Died
from infra.supervisor.faults import Faults
from infra.supervisor.listening import listen
from infra.supervisor.prepare import prepare
from infra.tasks import supervised
from infra.topology import declare
from infra.unavailable import Unavailable, told

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0


class Stopped(Exception):
    """Somebody pressed Ctrl-C while we were still starting."""


class Supervisor:
    """Knows what it started itself, and stops that and nothing else."""

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        self.settings, self.servers, self.say = settings, settings, say
        self.url = ""
        self.began = time.monotonic()
        self.children: list[Child] = []
        self.watchers: list[asyncio.Task[None]] = []
        self.started: tuple[str, ...] = ()
        self.stop = asyncio.Event()
        self.faults: Faults | None = None

    async def run(self) -> int:
        """Until SIGINT or SIGTERM. 0, or 1 with a sentence when it cannot start."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        try:
            await self._start()
            await self.stop.wait()
            return 0
        except Stopped:
            return 0
        except (Unavailable, KernelError, LookupError, Died, TimeoutError, OSError, httpx.HTTPError) as refusal:
            print(f"\n{told(refusal)}", file=sys.stderr, flush=True)
            return 1
        finally:
            await self._stop()

    async def _start(self) -> None:
        port = plan.http_port(self.settings)
        # What an `up` that was killed left running is ours now.
        self.started = tuple(state.read(self.settings.folder).get("started", ()))
        self._remember()
        # In a thread, so that Ctrl-C is heard; what it begins, it finishes before we stop it again. Meanwhile the code of
        # the domains is read.
        starting = asyncio.to_thread(services.start, self.settings, say=self.say)
        begun, _ = await asyncio.gather(starting, asyncio.to_thread(domains.load_all))
        self.started, self.servers = tuple({*self.started, *begun.names}), begun.settings
        self._remember()
        self._check()
        groups = await prepare(self.servers, self.say)
        self._check()
        self.children = plan.children(self.settings, [one.name for one in groups if one.name != "edge"], port)
        for child in self.children:
            await child.start(sys.executable, ROOT)
            watching = child.watch(sys.executable, ROOT, self.say, self._remember)
            self.watchers.append(asyncio.create_task(watching))
        async with httpx.AsyncClient(timeout=2, trust_env=False) as client:
            await asyncio.gather(*(self._ready(child, client) for child in self.children))
        self.url = f"http://{self.settings.http_host}:{port}"
        self._remember()
        self._keep(groups)
        self._welcome()

    def _keep(self, groups: Sequence[Group]) -> None:
        """What needs an administrator's rights, which no other process has."""
        names = [one.name for one in groups]
        for name, work in (
            ("guard", lambda: guard(declare(groups), self.servers)),
            ("partitions", lambda: keep_partitions(names, self.servers)),
        ):
            self.watchers.append(asyncio.create_task(supervised(name, work)))
        if self.settings.development:
            self.faults = Faults(self.settings, self.children, self.started, self.say)
            self.watchers.append(asyncio.create_task(supervised("faults", partial(listen, self.settings.folder, self.faults))))

    async def _ready(self, child: Child, client: httpx.AsyncClient) -> None:
        waiting = asyncio.create_task(child.until_ready(client, PATIENCE))
        stopped = asyncio.create_task(self.stop.wait())
        await asyncio.wait({waiting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if not waiting.done():
            waiting.cancel()
            raise Stopped
        self.say(f"· {child.name} is ready ({waiting.result():.1f} s)")

    def _check(self) -> None:
        if self.stop.is_set():
            raise Stopped

    def _remember(self) -> None:
        """At the start, so that `hikyaku down` finds us, and whenever an address or a process id is new."""
        state.write(self.servers, self.url, self.children, self.started)

    def _welcome(self) -> None:
        servers, url = self.servers, self.url
        lines = [f"Hikyaku is ready: {url}", f"  demo page      {url}/demo", f"  API            {url}/docs"]
        if servers.management_url:
            from yarl import URL

            page, login = URL(servers.management_url).with_user(None), user_of(servers, MONITORING)
            password = URL(credentials(servers, MONITORING).amqp_url).password
            lines.append(f"  RabbitMQ       {page}  (user {login}, password {password})")
        lines.append("  a token        .venv/bin/hikyaku token --subject me --role admin")
        lines.append(f"  started in {time.monotonic() - self.began:.1f} s; Ctrl-C stops everything")
        self.say("\n".join(lines))

    async def _stop(self) -> None:
        """Processes first, then the servers that we started."""
        if not self.children and not self.started:
            state.forget(self.settings.folder)
            return
        self.say("\n· Stopping")
        if self.faults:
            await self.faults.close()
        patience = self.settings.drain_seconds + 5
        ended = await asyncio.gather(*(child.stop(patience) for child in self.children))
        for child, willing in zip(self.children, ended, strict=True):
            if not willing:
                self.say(f"! {child.name} did not stop within {patience:.0f} s and was killed")
        for watcher in self.watchers:
            watcher.cancel()
            with suppress(asyncio.CancelledError):
                await watcher
        if self.started:
            await asyncio.to_thread(services.stop, self.settings, self.started, say=self.say)
        state.forget(self.settings.folder)
        self.say("· Stopped")
