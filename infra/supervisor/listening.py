"""The private socket on which the supervisor takes wishes for faults (`infra.faults` is the other end)."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from infra.faults import LINE, PATIENCE, Refused, Wish, address
from infra.supervisor.faults import Faults


async def listen(home: Path, faults: Faults) -> None:
    """Until it is cancelled. Nobody but our own user passes the folder. Afterwards the socket is gone.

    Whoever says nothing, too much, what is no wish, or hangs up gets no answer.
    """
    folder = home / "control"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValidationError):
            async with asyncio.timeout(PATIENCE):
                line = await reader.readuntil()
            writer.write(json.dumps(_answer(faults, line)).encode() + b"\n")
            await writer.drain()
        writer.close()

    with address(home) as path:
        server = await asyncio.start_unix_server(serve, path, limit=LINE)
    (folder / "faults.sock").chmod(0o600)
    try:
        await asyncio.Event().wait()
    finally:
        server.close()
        (folder / "faults.sock").unlink(missing_ok=True)


def _answer(faults: Faults, line: bytes) -> dict[str, Any]:
    if not line.strip():
        return faults.view()
    try:
        return faults.begin(Wish.model_validate_json(line))
    except Refused as refused:
        return {"refused": refused.document()}
