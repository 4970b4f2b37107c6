"""What the load asked for and what it was told: three-valued, as in Jepsen. Unknown is never treated as failed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Outcome = Literal["ok", "fail", "info"]
"""Accepted (202); refused, so that nothing may come of it (4xx); nobody knows (no answer until the end)."""


@dataclass(slots=True)
class Asked:
    """One request under one idempotency key, however often it had to be sent. Times are seconds of this run."""

    number: int
    kind: str
    key: str
    path: str
    body: dict[str, Any]
    due: float
    sent: int = 0
    answered: float = 0.0
    outcome: Outcome = "info"
    status: int = 0
    operation_id: str = ""
    ids: dict[str, str] = field(default_factory=dict)


class History:
    """In memory for the checkers and on disk for people; a line is written when its request is over."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.began = time.monotonic()
        self.asked: list[Asked] = []
        self.faults: list[tuple[float, str]] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sink = path.open("w")

    def __iter__(self) -> Iterator[Asked]:
        return iter(self.asked)

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    def over(self, one: Asked) -> None:
        self.asked.append(one)
        self._write(asdict(one))

    def fault(self, what: str) -> None:
        self.faults.append((self.now, what))
        self._write({"fault": what, "at": round(self.now, 3)})

    def accepted(self, kind: str = "") -> list[Asked]:
        return [one for one in self.asked if one.outcome == "ok" and kind in ("", one.kind)]

    def close(self) -> None:
        self._sink.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._sink.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._sink.flush()
