"""The emergency maintenance page (S3-95): an operator's flag closes everything, an absent order domain the shop's pages.

The API goes on accepting while the order domain is away: what it accepts is durable and done afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

LOOK_EVERY = 1.0
OPEN_ALWAYS = frozenset({"/healthz", "/readyz", "/metrics", "/maintenance"})


class Maintenance:
    """`flag` is a file whose existence is the operator's word; `absent` tells whether the order domain is away."""

    def __init__(self, *, always: bool = False, flag: Path | None = None, absent: Callable[[], bool] = lambda: False):
        self._always, self._flag, self._absent = always, flag, absent
        self._looked, self._flagged = float("-inf"), False

    def closed(self, path: str) -> bool:
        """Whether this path is answered with the maintenance page just now."""
        if path in OPEN_ALWAYS or path.startswith("/static/"):
            return False
        return self._operator() or (path == "/demo" and self._absent())

    def _operator(self) -> bool:
        if self._always or self._flag is None:
            return self._always
        now = time.monotonic()
        if now - self._looked > LOOK_EVERY:
            self._looked, self._flagged = now, self._flag.exists()
        return self._flagged
