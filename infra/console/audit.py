"""What operators did that somebody may ask about later: one JSON line each in `<home>/logs/operator.log`."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path
from typing import Any

from infra.clock import utcnow


def path_of(home: Path) -> Path:
    return home / "logs" / "operator.log"


def note(home: Path, did: str, reason: str, **more: Any) -> None:
    """On disk before the deed: raises OSError when it cannot be written, and then nothing should be done."""
    path = path_of(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = {"at": utcnow().isoformat(), "who": getpass.getuser(), "did": did, "reason": reason, **more}
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
        file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        file.flush()
        os.fsync(file.fileno())
