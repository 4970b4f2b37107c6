"""`<home>/hikyaku.json`: what runs from this home, with addresses, ports and process ids. Gone when nothing does."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.services.process import Process, known
from infra.settings import Settings
from infra.supervisor.child import Child
from infra.unavailable import Unavailable
from infra.vault import write_private


def path_of(home: Path) -> Path:
    return home / "hikyaku.json"


def read(home: Path) -> dict[str, Any]:
    """Empty when nothing was started here."""
    try:
        found: dict[str, Any] = json.loads(path_of(home).read_text())
    except FileNotFoundError:
        return {}
    return found


def supervisor(home: Path) -> Process | None:
    """The `hikyaku up` of this home, if it still runs."""
    pid, born = read(home).get("supervisor", (0, 0))
    process = Process(pid, born)
    return process if pid and process.alive else None


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One `up` for each home. Raises Unavailable, which names the other."""
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "up.lock", "w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            url = read(home).get("url") or "still starting"
            raise Unavailable(f"Hikyaku already runs from {home} ({url}); `hikyaku down` stops it.") from None
        yield


def write(settings: Settings, url: str, children: Sequence[Child], started: Sequence[str]) -> None:
    """`settings` names both servers. Passwords are not in it: `secrets.json` has them."""
    me = known(os.getpid())
    processes = [
        {"name": one.name, "pid": one.process.pid if one.process else None, "port": one.port, "metrics": f"{one.url}/metrics"}
        for one in children
    ]
    document = {
        "url": url,
        "namespace": settings.namespace,
        "supervisor": [me.pid, me.born] if me else [0, 0],
        "processes": processes,
        "started": list(started),
        "servers": {name: _shown(address) for name, address in _servers(settings).items()},
    }
    write_private(path_of(settings.folder), json.dumps(document, indent=2).encode())


def forget(home: Path) -> None:
    path_of(home).unlink(missing_ok=True)


def _servers(settings: Settings) -> dict[str, str]:
    return {"amqp": settings.amqp_url, "management": settings.management_url, "database": settings.database_url}


def _shown(address: str) -> str:
    """Without user and password."""
    from yarl import URL

    return str(URL(address).with_user(None)) if address else ""
