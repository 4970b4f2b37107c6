"""Blob storage: whole files or nothing, under the address of their content."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from infra.blobs import ABANDONED, Blobs, LocalBlobs, space_of

MINE, YOURS = space_of("user-001"), space_of("user-002")


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def content(blobs: Blobs, address: str) -> bytes:
    return b"".join([piece async for piece in blobs.open(address)])


async def test_a_file_is_found_under_the_hash_of_its_content(tmp_path: Path) -> None:
    blobs, whole = LocalBlobs(tmp_path), os.urandom(700_000)

    blob = await blobs.put(MINE, pieces(whole[:10], whole[10:400_000], whole[400_000:]))

    assert blob.sha256 == hashlib.sha256(whole).hexdigest() and blob.size == len(whole)
    assert await blobs.exists(blob.address) and await content(blobs, blob.address) == whole


async def test_equal_files_of_two_owners_are_two(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    mine, again = await blobs.put(MINE, pieces(b"cat")), await blobs.put(MINE, pieces(b"c", b"at"))
    yours = await blobs.put(YOURS, pieces(b"cat"))

    await blobs.delete(mine.address)
    await blobs.delete(mine.address)

    assert again == mine and not await blobs.exists(mine.address)
    assert await content(blobs, yours.address) == b"cat"


async def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 1_000_000
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await LocalBlobs(tmp_path).put(MINE, broken())

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


async def test_what_a_killed_process_left_is_removed_after_a_day(tmp_path: Path) -> None:
    old, young = tmp_path / "incoming" / "old", tmp_path / "incoming" / "young"
    old.parent.mkdir()
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (0, time.time() - ABANDONED - 1))

    await LocalBlobs(tmp_path).put(MINE, pieces(b"cat"))

    assert (old.exists(), young.exists()) == (False, True)


@pytest.mark.req("S2-106")
@pytest.mark.parametrize("address", ["", "../../etc/passwd", f"{MINE}/../{'0' * 64}", f"{MINE}/{'0' * 64}\n", "/etc/passwd"])
async def test_what_is_no_address_is_nowhere(tmp_path: Path, address: str) -> None:
    blobs = LocalBlobs(tmp_path)
    with pytest.raises(FileNotFoundError):
        await content(blobs, address)
    with pytest.raises(FileNotFoundError):
        await blobs.delete(address)
