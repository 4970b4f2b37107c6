"""Thumbnails and the removal of files, outside the lanes. A job says what it has made, and the rules take it up."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from contracts.media_command import Fault, MakeThumbnail, Picture, RecordFault, RecordThumbnail, RemoveFiles
from contracts.message import Message
from infra.blobs import LocalBlobs

PROGRAM = Path(__file__).with_name("thumbnail.py")
"""Run as a file: it needs Pillow and nothing of ours."""
PATIENCE = 30.0
"""Seconds for one image, its process's start and its waiting for a processor included."""
AT_ONCE = 2
LARGEST = 4 * 1024 * 1024
"""Bytes of a thumbnail; more is not believed."""

_places = asyncio.Semaphore(AT_ONCE)


class TooSlow(Exception):
    """It has not ended in time."""


def thumbnails(blobs: LocalBlobs) -> Callable[[MakeThumbnail, Any], Awaitable[Sequence[Message]]]:
    async def make_thumbnail(job: MakeThumbnail, _progress: object = None) -> Sequence[Message]:
        """An image that cannot be decoded is an answer, not a failure: done again it would be the same."""
        if not await blobs.exists(job.address):
            return [_fault(job, "file_missing")]
        try:
            async with _places:
                said, picture = await _run(str(blobs.path(job.address)))
        except TooSlow:
            return [_fault(job, "image_too_slow")]
        if "reason" in said:
            return [_fault(job, said["reason"])]
        blob = await blobs.put(job.address.partition("/")[0], _one(picture))
        thumbnail = Picture(
            address=blob.address, content_type=said["content_type"], size=blob.size, width=said["thumb_width"],
            height=said["thumb_height"],
        )  # fmt: skip
        made = RecordThumbnail(
            media_id=job.media_id, upload=job.upload, width=said["width"], height=said["height"], thumbnail=thumbnail
        )
        return [made]

    return make_thumbnail


def removing(blobs: LocalBlobs) -> Callable[[RemoveFiles, Any], Awaitable[Sequence[Message]]]:
    async def remove_files(job: RemoveFiles, _progress: object = None) -> Sequence[Message]:
        for address in job.addresses:
            await blobs.delete(address)
        return []

    return remove_files


async def _run(path: str) -> tuple[dict[str, Any], bytes]:
    """What the program said, and the bytes after it. Raises TooSlow when it was ended for its time."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(PROGRAM), path, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
    except TimeoutError:
        raise TooSlow from None
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    line, _, picture = output.partition(b"\n")
    if process.returncode or not line:
        # Killed by its limits or by a decoder's own fault: with the same image it would be again.
        return {"reason": "image_too_large"}, b""
    said: dict[str, Any] = json.loads(line)
    if "reason" not in said and not 0 < len(picture) <= LARGEST:
        return {"reason": "corrupt_image"}, b""
    return said, picture


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _fault(job: MakeThumbnail, reason: Fault) -> RecordFault:
    return RecordFault(media_id=job.media_id, upload=job.upload, reason=reason)
