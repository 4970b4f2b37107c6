"""Makes a process stand still for a while. A helper of its own lets it go on, whatever becomes of us."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

SLACK = 2.0
THAW = 'timeout "$2" cat; kill -CONT "$1"'
"""`cat` ends with our end of the pipe: when we close it, or when we are killed."""


@asynccontextmanager
async def frozen(process_id: int, longest: float) -> AsyncIterator[None]:
    """Inside it is stopped, for `longest` seconds and a little at most. A process that has ended stays ended."""
    helper = await asyncio.create_subprocess_exec(
        "sh", "-c", THAW, "thaw", str(process_id), str(longest + SLACK),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    assert helper.stdin is not None, "it was made with a pipe"
    try:
        with suppress(ProcessLookupError):
            os.kill(process_id, signal.SIGSTOP)
        yield
    finally:
        helper.stdin.close()
        await helper.wait()
