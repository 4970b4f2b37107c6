"""A process we keep running: started again when it dies, asked to stop before it is killed."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

PAUSES = (0.5, 1, 2, 5, 10, 30)
"""Seconds before it is started again, longer each time it dies young."""
YOUNG = 60.0
PARENT_DIED = 1


class Died(Exception):
    """It ended again and again before it was ever ready; the text has its last words."""


@dataclass(slots=True)
class Child:
    """`arguments` follow `python -m infra.cli`. It answers `ready` on its own port; what it says goes to `log`."""

    name: str
    arguments: tuple[str, ...]
    port: int
    ready: str
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    deaths: int = 0
    _stopping: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self, python: str, folder: Path) -> None:
        with open(self.log, "ab") as sink:
            self.process = await asyncio.create_subprocess_exec(
                python, "-m", "infra.cli", *self.arguments,
                env=os.environ | {"PYTHONUNBUFFERED": "1", **self.environment}, cwd=folder,
                stdin=asyncio.subprocess.DEVNULL, stdout=sink, stderr=sink,
                # A session of its own: Ctrl-C is ours to pass on. And should we be killed, it ends with us.
                start_new_session=True, preexec_fn=_die_with_parent,
            )  # fmt: skip

    async def watch(self, python: str, folder: Path, say: Callable[[str], None], again: Callable[[], None]) -> None:
        """Until it is stopped: starts it again whenever it ends, and then calls `again`."""
        while self.process is not None:
            born = time.monotonic()
            code = await self.process.wait()
            if self._stopping:
                return
            self.deaths = 1 if time.monotonic() - born > YOUNG else self.deaths + 1
            pause = PAUSES[min(self.deaths, len(PAUSES)) - 1]
            say(f"! {self.name} ended ({_how(code)}), starting it again in {pause} s; {self.log} has its last words")
            await asyncio.sleep(pause)
            if self._stopping:
                return
            await self.start(python, folder)
            again()

    async def answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}{self.ready}")).status_code == 200
        except httpx.HTTPError:
            return False

    async def until_ready(self, client: httpx.AsyncClient, patience: float) -> float:
        """Seconds it took. Raises Died when it ends three times before it is ready, TimeoutError after `patience`."""
        began = time.monotonic()
        while not await self.answers(client):
            if self.deaths >= 3:
                raise Died(f"{self.name} does not start:\n{self.last_words()}")
            if time.monotonic() - began > patience:
                raise TimeoutError(f"{self.name} is not ready after {patience:.0f} s:\n{self.last_words()}")
            await asyncio.sleep(0.1)
        return time.monotonic() - began

    async def stop(self, patience: float) -> bool:
        """Asks it to finish what it began; True when it did so within `patience` seconds, else it was killed."""
        self._stopping = True
        if self.process is None or self.process.returncode is not None:
            return True
        self.process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self.process.wait(), patience)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            return False
        return True

    def last_words(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGTERM)
