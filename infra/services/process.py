"""Processes that outlive the command that started them: known by id and start time, since ids are used again."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """`born` is the start time in clock ticks since boot, as Linux counts it."""

    pid: int
    born: int

    @property
    def alive(self) -> bool:
        return born(self.pid) == self.born

    def end(self, patience: float, how: signal.Signals = signal.SIGTERM, at_last: signal.Signals = signal.SIGKILL) -> None:
        """Asks it to stop, and ends it `at_last` after `patience` seconds. Returns when it is gone."""
        for ask, wait in ((how, patience), (at_last, 10.0)):
            if not self.alive:
                return
            os.kill(self.pid, ask)
            until = time.monotonic() + wait
            while self.alive and time.monotonic() < until:
                time.sleep(0.05)


def known(pid: int) -> Process | None:
    """The process of that id as it is now; None when there is none."""
    start = born(pid)
    return None if start is None else Process(pid, start)


def born(pid: int) -> int | None:
    """None for no process, and for one that is dead but not yet collected."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def spawn(command: Sequence[str], environment: Mapping[str, str], output: Path) -> subprocess.Popen[bytes]:
    """Starts it in a session of its own, so that Ctrl-C in our terminal is not its business."""
    with open(output, "wb") as sink:
        return subprocess.Popen(
            command,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd="/",
        )
