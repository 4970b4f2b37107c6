"""Bytes that are too large for a message: stored under the address of their content, and spoken of by that address.

Messages carry addresses, never bytes. `Blobs` is the port; `LocalBlobs` keeps files in one folder, which every process
that stores or reads them must share. An object store would stand behind the same port.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from infra import ids

CHUNK = 256 * 1024
"""Bytes in memory for each file that is written or read."""

ADDRESS = re.compile(r"[0-9a-f]{16}/[0-9a-f]{64}")
ABANDONED = 24 * 3600
"""Seconds after which a file that was never finished is removed."""


@dataclass(frozen=True, slots=True)
class Blob:
    """What was stored: its address, the SHA-256 of its content and its size in bytes."""

    address: str
    sha256: str
    size: int


class Blobs(Protocol):
    """Every address begins with a space, whose owner alone stores and deletes there: equal content of two owners is
    stored twice, so that one of them can delete his.
    """

    async def put(self, space: str, chunks: AsyncIterator[bytes]) -> Blob:
        """Durable when it returns. When `chunks` raises, nothing is left. Raises OSError when there is no room."""
        ...

    def open(self, address: str) -> AsyncIterator[bytes]:
        """The content in pieces. Raises FileNotFoundError for nothing, and for what is no address."""
        ...

    async def exists(self, address: str) -> bool: ...

    async def delete(self, address: str) -> None:
        """What is not there is no error."""
        ...


def space_of(owner: str) -> str:
    """The space of an owner; it says nothing about who that is."""
    return hashlib.sha256(b"space\0" + owner.encode()).hexdigest()[:16]


class LocalBlobs:
    """Files in a folder, two levels of subfolders deep. Written beside their place, synced, then renamed into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / "incoming"

    async def put(self, space: str, chunks: AsyncIterator[bytes]) -> Blob:
        await asyncio.to_thread(self._prepare)
        unfinished = self._incoming / str(ids.root())
        digest, size = hashlib.sha256(), 0
        try:
            with await asyncio.to_thread(open, unfinished, "xb") as file:
                async for piece in _gathered(chunks):
                    size += len(piece)
                    await asyncio.to_thread(_append, file, digest, piece)
                await asyncio.to_thread(_sync, file)
            blob = Blob(f"{space}/{digest.hexdigest()}", digest.hexdigest(), size)
            await asyncio.to_thread(_move, unfinished, self.path(blob.address))
            return blob
        finally:
            unfinished.unlink(missing_ok=True)

    async def open(self, address: str) -> AsyncIterator[bytes]:
        with await asyncio.to_thread(open, self.path(address), "rb") as file:
            while piece := await asyncio.to_thread(file.read, CHUNK):
                yield piece

    async def exists(self, address: str) -> bool:
        return await asyncio.to_thread(self.path(address).is_file)

    async def delete(self, address: str) -> None:
        await asyncio.to_thread(self.path(address).unlink, missing_ok=True)

    def path(self, address: str) -> Path:
        if not ADDRESS.fullmatch(address):
            raise FileNotFoundError(address)
        space, _, name = address.partition("/")
        return self.folder / space / name[:2] / name

    def _prepare(self) -> None:
        """The folder of unfinished files, without those that a killed process has left."""
        self._incoming.mkdir(parents=True, exist_ok=True)
        for file in self._incoming.iterdir():
            with suppress(FileNotFoundError):
                if file.stat().st_mtime < time.time() - ABANDONED:
                    file.unlink()


async def _gathered(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """In pieces worth a write of their own; what arrives comes in pieces as small as the network likes."""
    kept: list[bytes] = []
    size = 0
    async for chunk in chunks:
        kept.append(chunk)
        size += len(chunk)
        if size >= CHUNK:
            yield b"".join(kept)
            kept, size = [], 0
    if kept:
        yield b"".join(kept)


def _append(file: IO[bytes], digest: hashlib._Hash, piece: bytes) -> None:
    digest.update(piece)
    file.write(piece)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _move(unfinished: Path, place: Path) -> None:
    """Equal content may stand there already: it is replaced by itself."""
    place.parent.mkdir(parents=True, exist_ok=True)
    unfinished.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
