"""Thumbnails of real and of evil images, made by the program that makes them."""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from contracts.media_command import MakeThumbnail, RecordFault, RecordThumbnail, RemoveFiles
from infra.blobs import LocalBlobs, space_of
from workers.media_command import jobs
from workers.media_command.thumbnail import SIDE

IMAGES = Path(__file__).parents[2] / "infra" / "demo" / "data" / "images"
STORED = {
    2: "FLIP_LEFT_RIGHT", 3: "ROTATE_180", 4: "FLIP_TOP_BOTTOM", 5: "TRANSPOSE", 6: "ROTATE_90", 7: "TRANSVERSE",
    8: "ROTATE_270",
}  # fmt: skip
"""How an upright picture is stored for each orientation, so that its reader turns it back."""


async def make(folder: Path, content: bytes) -> tuple[Any, Image.Image | None]:
    """What the job says of this file, and the thumbnail as an image."""
    blobs = LocalBlobs(folder)

    async def whole() -> AsyncIterator[bytes]:
        yield content

    blob = await blobs.put(space_of("user-001"), whole())
    job = MakeThumbnail(media_id="media-001", upload=1, address=blob.address)
    (said,) = await jobs.thumbnails(blobs)(job, None)
    if not isinstance(said, RecordThumbnail):
        return said, None
    small = Image.open(BytesIO(blobs.path(said.thumbnail.address).read_bytes()))
    small.load()
    return said, small


def saved(image: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def difference(one: Image.Image, other: Image.Image) -> float:
    """Of two pictures of one size: the mean over all pixels and colours, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


def upright() -> Image.Image:
    """The picture that all the test images show: the one that is stored upside down, turned."""
    return Image.open(IMAGES / "hopper_orientation_3.jpg").transpose(Image.Transpose.ROTATE_180)


@pytest.mark.req("S2-62")
@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_shows_the_same_picture_upright(tmp_path: Path, orientation: int) -> None:
    reference = upright()
    if orientation == 1:
        content = saved(reference, quality=95)
    else:
        content = (IMAGES / f"hopper_orientation_{orientation}.jpg").read_bytes()

    said, small = await make(tmp_path, content)

    assert small is not None and small.size == reference.size == (said.width, said.height)
    assert difference(small, reference) < 6
    # The same measure tells a picture that lies on its side.
    assert difference(small.transpose(Image.Transpose.ROTATE_90), reference) > 20
    assert not small.getexif()


@pytest.mark.parametrize("orientation", range(2, 9))
async def test_width_and_height_are_those_of_the_upright_picture(tmp_path: Path, orientation: int) -> None:
    picture = upright().resize((640, 400))
    stored = picture.transpose(Image.Transpose[STORED[orientation]])
    exif = Image.Exif()
    exif[0x0112] = orientation

    said, small = await make(tmp_path, saved(stored, exif=exif))

    assert small is not None and (said.width, said.height) == (640, 400) and small.size == (SIDE, 200)
    assert difference(small, picture.resize(small.size)) < 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
async def test_every_kind_of_png_is_understood(tmp_path: Path, mode: str) -> None:
    picture = upright()
    if mode == "I;16":
        picture = picture.convert("L").convert("I").point(lambda value: value * 256)
    picture = picture.convert(mode)

    said, small = await make(tmp_path, saved(picture, "PNG"))

    assert small is not None and small.size == picture.size
    assert said.thumbnail.content_type == ("image/png" if mode in ("LA", "RGBA") else "image/jpeg")
    if mode == "I;16":
        assert difference(small, upright().convert("L")) < 6


async def test_a_cmyk_jpeg_becomes_one_that_browsers_show(tmp_path: Path) -> None:
    _, small = await make(tmp_path, saved(upright().convert("CMYK")))
    assert small is not None and small.mode == "RGB" and difference(small, upright()) < 12


@pytest.mark.req("S2-82")
@pytest.mark.parametrize("part", [0.02, 0.5, 0.98])
async def test_a_truncated_image_is_refused(tmp_path: Path, part: float) -> None:
    whole = (IMAGES / "hopper_orientation_6.jpg").read_bytes()
    said, _ = await make(tmp_path, whole[: int(len(whole) * part)])
    assert said == RecordFault(media_id="media-001", upload=1, reason="corrupt_image")


@pytest.mark.req("S2-82")
@pytest.mark.parametrize("content", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" + b"<svg>" * 100, b"GIF89a\0\0"])
async def test_what_only_looks_like_an_image_is_refused(tmp_path: Path, content: bytes) -> None:
    said, _ = await make(tmp_path, content)
    assert said == RecordFault(media_id="media-001", upload=1, reason="corrupt_image")


def bomb(width: int, height: int) -> bytes:
    """A small PNG that says it is that large, and is: rows of zeros are compressed to nothing."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(min(height, 20_000))) + packer.flush()

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.req("S2-82")
async def test_a_decompression_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    content = bomb(60_000, 60_000)
    said, _ = await make(tmp_path, content)
    assert len(content) < 1_000_000
    assert said == RecordFault(media_id="media-001", upload=1, reason="image_too_large")


async def test_an_image_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PATIENCE", 0.001)
    said, _ = await make(tmp_path, saved(upright()))
    assert said == RecordFault(media_id="media-001", upload=1, reason="image_too_slow")


async def test_a_decoder_that_dies_is_an_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "PROGRAM", tmp_path / "no_such_program.py")
    said, _ = await make(tmp_path, saved(upright()))
    assert said == RecordFault(media_id="media-001", upload=1, reason="image_too_large")


async def test_made_twice_it_is_the_same(tmp_path: Path) -> None:
    content = saved(upright())
    (one, _), (other, _) = await asyncio.gather(make(tmp_path, content), make(tmp_path, content))
    assert one == other


@pytest.mark.req("S2-69")
async def test_removed_files_are_gone_and_no_thumbnail_is_made_of_them(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    said, _ = await make(tmp_path, saved(upright()))
    address = said.thumbnail.address

    for _ in range(2):
        assert await jobs.removing(blobs)(RemoveFiles(media_id="media-001", addresses=(address,)), None) == []

    again = await jobs.thumbnails(blobs)(MakeThumbnail(media_id="media-001", upload=1, address=address), None)
    assert again == [RecordFault(media_id="media-001", upload=1, reason="file_missing")]
