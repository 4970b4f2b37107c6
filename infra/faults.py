"""Faults that may be caused in development: what they are called, and how the running `hikyaku up` is asked for one.

The supervisor alone may kill, stop and freeze. It listens on `<home>/control/faults.sock`, which only its own user can
open: one line of JSON, a `Wish` or nothing, is answered by one line. Nothing is reachable from a network.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

Name: TypeAlias = Literal["kill", "stop", "cut", "freeze"]
"""Kill a worker, stop the broker, cut the database, freeze a lane."""
SECONDS: Mapping[Name, float] = MappingProxyType({"kill": 0.0, "stop": 5.0, "cut": 4.0, "freeze": 10.0})
"""How long each lasts unless somebody says otherwise, before it begins to heal."""
LONGEST = 30.0
PATIENCE = 10.0
LINE = 64 * 1024


class Wish(BaseModel):
    """`worker` is the process to kill or freeze (empty: one of them); `seconds` the fault's length (None: the usual)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: Name
    worker: Annotated[str, Field(max_length=64)] = ""
    seconds: Annotated[float, Field(strict=True, ge=0, le=LONGEST, allow_inf_nan=False)] | None = None


class Refused(Exception):
    """`reason` is one of external_server, worker_away, unknown_worker, fault_running, too_soon, no_supervisor.

    `retry_after` in seconds, 0 when waiting does not help.
    """

    def __init__(self, reason: str, detail: str, retry_after: int = 0) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.retry_after = reason, detail, retry_after

    def document(self) -> dict[str, Any]:
        return {"reason": self.reason, "detail": self.detail, "retry_after": self.retry_after}


async def ask(home: Path, wish: Wish | None = None) -> dict[str, Any]:
    """Causes the fault and returns how it began; without a wish, what could be caused and what was.

    Returns at once: a fault heals by itself, and `recent` tells when. Raises Refused.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            with address(home) as path:
                reader, writer = await asyncio.open_unix_connection(path, limit=LINE)
            try:
                writer.write((wish.model_dump_json() if wish else "").encode() + b"\n")
                answer: dict[str, Any] = json.loads(await reader.readuntil())
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        raise Refused("no_supervisor", f"No `hikyaku up` in development listens in {home}.") from None
    if refused := answer.get("refused"):
        raise Refused(**refused)
    return answer


@contextmanager
def address(home: Path) -> Iterator[str]:
    """The socket's path, short whatever the home is called: the system takes 107 bytes. Raises OSError."""
    folder = os.open(home / "control", os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/faults.sock"
    finally:
        os.close(folder)
