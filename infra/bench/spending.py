"""Who used the machine meanwhile: CPU seconds of the servers, of the system's own processes, of the load, and of anybody else."""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def machine_seconds() -> float:
    """CPU seconds that the whole machine has been busy since it started."""
    user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:])
    return (user + nice + system + irq + softirq) / TICKS


class Clock:
    """Wall time and CPU seconds since it was made: ours, which are the load's, its children's and the private servers',
    and the share of the machine that others had meanwhile."""

    def __init__(self, home: Path) -> None:
        self.home, self._began, self._before = home, time.perf_counter(), spent({}, home)

    def stop(self) -> Clock:
        now = spent({}, self.home)
        self.took = time.perf_counter() - self._began
        used = {name: now[name] - self._before.get(name, 0.0) for name in now}
        # Servers elsewhere are among the others.
        strangers = used["others"] if "postgres" in used and "rabbitmq" in used else 0.0
        self.cpu = used["machine"] - strangers
        self.others = strangers / self.took / (os.cpu_count() or 1)
        return self


def spent(known: dict[str, int], home: Path) -> dict[str, float]:
    """CPU seconds so far of these processes by name, with their children; of the private servers of `home`; of this
    process as `load`; and what is left of the machine as `others`, the kernel's own work for all of them included.

    The servers of somebody else are among the others.
    """
    roots = known | {name: pid for name in ("postgres", "rabbitmq") if (pid := _server(home, name))} | {"load": os.getpid()}
    parents, seconds = _processes()
    children: dict[int, list[int]] = defaultdict(list)
    for pid, parent in parents.items():
        children[parent].append(pid)
    named = set(roots.values())

    def of(pid: int) -> float:
        return seconds.get(pid, 0.0) + sum(of(child) for child in children[pid] if child not in named)

    found = {name: of(pid) for name, pid in roots.items()}
    machine = machine_seconds()
    return found | {"others": machine - sum(found.values()), "machine": machine}


def _processes() -> tuple[dict[int, int], dict[int, float]]:
    """Parents, and seconds with those of children that have ended."""
    parents: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for one in Path("/proc").iterdir():
        if not one.name.isdigit():
            continue
        try:
            fields = (one / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has just ended
        parents[int(one.name)] = int(fields[1])
        seconds[int(one.name)] = sum(map(int, fields[11:15])) / TICKS
    return parents, seconds


def _server(home: Path, name: str) -> int:
    try:
        pid: int = json.loads((home / "services" / f"{name}.json").read_text())["processes"]["main"][0]
    except (OSError, KeyError, IndexError, ValueError):
        return 0
    return pid
