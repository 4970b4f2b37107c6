"""Where the private instances keep their data: in the home when their user can get there."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from pathlib import Path

from infra.unavailable import Unavailable

LEAST = 500_000_000
FALLBACK = Path("/var/tmp")


def check_space(home: Path) -> None:
    """Raises Unavailable when there is less than 500 MB where the data goes."""
    home.mkdir(parents=True, exist_ok=True)
    left = shutil.disk_usage(home).free
    if left < LEAST:
        raise Unavailable(
            f"Only {left // 1_000_000} MB are free in {home}, and the services need {LEAST // 1_000_000} MB. "
            "Free some space, or set HIKYAKU_HOME to a folder on another disk."
        )


def reachable(folder: Path) -> bool:
    """Whether any user may pass through every folder above it."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in folder.absolute().parents if parent.exists())


def data_folder(home: Path, name: str) -> Path:
    """`<home>/<name>`; when we are root and other users cannot reach that, a folder of its own under /var/tmp."""
    inside = home / name
    if os.geteuid() != 0 or (reachable(inside) and home.stat().st_mode & stat.S_IXOTH):
        return inside
    mark = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    return FALLBACK / f"hikyaku-{mark}" / name
