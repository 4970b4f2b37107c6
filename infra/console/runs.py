"""What a replay took when the operator pressed the button, and how far it came: `<home>/replays/<run>.jsonl`.

The first line names the letters; each later one the fate of a letter. So a run that was interrupted goes on with the
letters it began with, and with none that died since.
"""

from __future__ import annotations

import getpass
import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra import ids
from infra.clock import utcnow
from infra.console.dead import Dead
from infra.console.replay import Replayed
from infra.settings import settings


@dataclass(frozen=True, slots=True)
class Run:
    """`taken` are domain and id of every letter, `settled` those that have succeeded in this run so far."""

    name: str
    path: Path
    taken: frozenset[tuple[str, str]]
    settled: frozenset[tuple[str, str]] = frozenset()

    def note(self, done: Iterable[Replayed]) -> None:
        lines = ({"at": utcnow().isoformat(), "domain": one.dead.domain, "id": one.dead.id, "fate": one.fate} for one in done)
        _append(self.path, lines)

    def rest(self, found: Iterable[Dead]) -> list[Dead]:
        """What was taken, has not succeeded and is dead still."""
        return [one for one in found if one.status == "dead" and one.name in self.taken - self.settled]


def begin(home: Path, letters: Sequence[Dead], words: dict[str, Any]) -> Run:
    """On disk before the first letter is sent. Files older than the letters can be are removed by the way."""
    folder = home / "replays"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("*.jsonl"):
        if old.stat().st_mtime < time.time() - settings().retention_days * 86_400:
            old.unlink()
    name = f"{utcnow():%Y%m%d-%H%M%S}-{ids.root().hex[-4:]}"
    taken = [one.name for one in letters]
    run = Run(name, folder / f"{name}.jsonl", frozenset(taken))
    _append(run.path, [{"at": utcnow().isoformat(), "who": getpass.getuser(), **words, "letters": taken}])
    return run


def resumed(home: Path, name: str) -> Run:
    """Raises LookupError for a run that is not known here."""
    path = home / "replays" / f"{Path(name).name}.jsonl"
    try:
        head, *rest = [json.loads(line) for line in path.read_text().splitlines()]
    except (FileNotFoundError, ValueError):
        known = sorted(one.stem for one in path.parent.glob("*.jsonl"))
        raise LookupError(f"There is no replay {name}; there are: {', '.join(known) or 'none'}.") from None
    settled = frozenset((one["domain"], one["id"]) for one in rest if one["fate"] == "settled")
    return Run(path.stem, path, frozenset((domain, identity) for domain, identity in head["letters"]), settled)


def _append(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
