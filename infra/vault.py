"""Passwords and addresses that were made here, in `<home>/secrets.json`, readable by their owner alone."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


class Vault:
    """One JSON document. Writers take turns by a file lock; readers see a whole document or the one before it."""

    def __init__(self, home: Path) -> None:
        self.path = home / "secrets.json"

    def read(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self.path.read_text())
        except FileNotFoundError:
            return {}
        return found

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """What is done to the document inside is on disk afterwards, or nothing of it is."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w") as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)
            document = self.read()
            yield document
            write_private(self.path, json.dumps(document, indent=2).encode())

    def password(self, *place: str) -> str:
        """The password kept at that place, made at first sight. It needs no escaping in a URL."""
        if isinstance(found := self._find(place), str):
            return found
        with self.change() as document:
            for name in place[:-1]:
                document = document.setdefault(name, {})
            kept: str = document.setdefault(place[-1], secrets.token_urlsafe(24))
        return kept

    def _find(self, place: tuple[str, ...]) -> Any:
        found: Any = self.read()
        for name in place:
            found = found.get(name, {})
        return found


def write_private(path: Path, content: bytes) -> None:
    """Replaces the file at once; it is never readable by others, not even for a moment."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
