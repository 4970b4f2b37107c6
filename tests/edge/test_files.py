"""Files through the edge: streamed, cut off, looked at, and given out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from contracts.media_command import UploadMedia
from contracts.media_query import GetMediaFiles
from infra.blobs import space_of
from tests.edge.world import ADMIN, World, bearer

JPEG, PNG = b"\xff\xd8\xff\xe0" + b"j" * 5000, b"\x89PNG\r\n\x1a\n" + b"p" * 5000
MEDIA = "/v1/media?filename=cat.jpg"

pytestmark = pytest.mark.req("S2-106")


async def pieces(content: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for n in range(0, len(content), size):
        yield content[n : n + size]


async def send(world: World, content: Any, path: str = MEDIA, **headers: str) -> Any:
    sent = {**bearer("U"), "Content-Type": "image/jpeg", **headers}
    return await world.client.post(path, content=content, headers=sent)


def stored(world: World) -> list[Path]:
    return [path for path in world.blobs.folder.rglob("*") if path.is_file()]


def asked(world: World) -> list[UploadMedia]:
    return [one.message for one in world.intake.envelopes if isinstance(one.message, UploadMedia)]


@pytest.mark.req("S2-60")
async def test_a_file_is_stored_and_spoken_of_by_its_address(world: World) -> None:
    answer = await send(world, pieces(JPEG))

    (command,) = asked(world)
    assert answer.status_code == 202 and answer.json()["media_id"] == command.media_id
    assert (command.user_id, command.filename, command.content_type, command.size) == ("U", "cat.jpg", "image/jpeg", len(JPEG))
    assert [path.read_bytes() for path in stored(world)] == [JPEG]
    assert command.address == f"{space_of('U')}/{command.sha256}"


async def test_the_same_file_is_the_same_media_and_only_for_the_same_user(world: World) -> None:
    await send(world, JPEG)
    await send(world, JPEG, "/v1/media?filename=other.jpg")
    await send(world, JPEG, **bearer("V"))
    mine, again, theirs = asked(world)
    assert mine.media_id == again.media_id != theirs.media_id and len(stored(world)) == 2


async def test_one_key_with_another_file_is_refused(world: World) -> None:
    first, again = [await send(world, JPEG, **{"Idempotency-Key": "k"}) for _ in range(2)]
    other = await send(world, JPEG + b"x", **{"Idempotency-Key": "k"})
    assert first.json()["operation_id"] == again.json()["operation_id"] and other.status_code == 422
    assert len(asked(world)) == 1


@pytest.mark.parametrize("declared", ["image/jpeg", "image/heic", "text/html", ""])
async def test_the_type_is_what_the_file_begins_with(world: World, declared: str) -> None:
    await send(world, pieces(PNG, 3), **{"Content-Type": declared})
    assert [one.content_type for one in asked(world)] == ["image/png"]


@pytest.mark.parametrize("content", [b"", b"\xff", b"GIF89a" + bytes(99), b"<svg xmlns='...'/>", b"<html>"])
async def test_another_type_is_refused_whatever_it_is_called(world: World, content: bytes) -> None:
    answer = await send(world, pieces(content))
    assert answer.status_code == 415 and answer.headers["accept"] == "image/jpeg, image/png"
    assert not stored(world) and not asked(world)


async def test_a_file_is_cut_off_in_the_middle() -> None:
    world = World(upload_limit=100_000)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield JPEG
        while True:
            sent += 10_000
            yield b"x" * 10_000
            await asyncio.sleep(0.01)

    answer = await send(world, endless())

    assert answer.status_code == 413 and answer.headers["connection"] == "close"
    assert sent < 2_000_000 and not stored(world) and not asked(world)


async def test_a_file_that_says_it_is_too_large_is_not_stored() -> None:
    world = World(upload_limit=1000)
    assert (await send(world, JPEG)).status_code == 413 and not stored(world)


@pytest.mark.parametrize("limits", [{"body_seconds": 0.05}, {"upload_seconds": 0.1}])
async def test_a_slow_client_is_cut(limits: dict[str, Any]) -> None:
    world = World(**limits)

    async def slow() -> AsyncIterator[bytes]:
        yield JPEG
        for _ in range(50):
            await asyncio.sleep(0.04 if "upload_seconds" in limits else 0.2)
            yield b"x"

    answer = await send(world, slow())
    assert answer.status_code == 408 and not stored(world) and not asked(world)


async def test_only_so_many_come_in_at_once() -> None:
    world = World(most_uploads=1)
    held = asyncio.Event()

    async def held_up() -> AsyncIterator[bytes]:
        yield JPEG
        await held.wait()

    first = asyncio.create_task(send(world, held_up()))
    while not world.edge.uploads._open:
        await asyncio.sleep(0.01)
    second = await send(world, JPEG)
    held.set()
    assert second.status_code == 503 and (await first).status_code == 202
    assert (await send(world, JPEG)).status_code == 202


async def test_nothing_is_taken_in_that_could_not_be_accepted(world: World) -> None:
    world.pressure.why = "too much"
    assert (await send(world, JPEG)).status_code == 503
    assert (await world.client.post(MEDIA, content=JPEG)).status_code == 401
    assert not stored(world)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("cat.jpg", "cat.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.jpg", "cat.jpg"),
        ("か\u3099ぞう.jpg", "がぞう.jpg"),
        ("..", None),
        ("a/", None),
        ("a\u202egpj.exe", None),
        ("a\u0000.jpg", None),
        ("猫" * 86, None),
        ("", None),
    ],
)
async def test_a_file_name_is_a_name_and_no_path(world: World, written: str, kept: str | None) -> None:
    answer = await world.client.post(
        "/v1/media", params={"filename": written}, content=JPEG, headers={**bearer("U"), "Content-Type": "image/jpeg"}
    )  # fmt: skip
    assert [one.filename for one in asked(world)] == ([kept] if kept else [])
    if kept is None:
        assert answer.status_code == 422 and "filename" in answer.text and not stored(world)


async def shown(world: World) -> str:
    """A media whose thumbnail is the stored JPEG; gives its tag."""
    await send(world, JPEG)
    command = asked(world)[0]
    files = {
        "media_id": "M", "user_id": "U", "filename": "猫.jpg", "address": command.address, "content_type": "image/jpeg",
        "size": len(JPEG), "thumb_address": command.address, "thumb_type": "image/jpeg", "thumb_size": len(JPEG),
    }  # fmt: skip
    world.answers.by_topic[GetMediaFiles.topic] = orjson.dumps(files)
    return f'"{command.sha256}"'


@pytest.mark.req("S2-50")
async def test_a_thumbnail_comes_with_its_type_and_tag(world: World) -> None:
    tag = await shown(world)

    answer = await world.get("/v1/media/M/thumbnail", bearer("U"))
    known = await world.get("/v1/media/M/thumbnail", bearer("U"), **{"If-None-Match": f'"x", W/{tag}'})

    head = await world.client.head("/v1/media/M/thumbnail", headers=bearer("U"))
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(JPEG)), b"")

    assert answer.status_code == 200 and answer.content == JPEG
    said = answer.headers
    assert (said["content-type"], said["etag"], said["cache-control"]) == ("image/jpeg", tag, "private, max-age=300")
    assert said["x-content-type-options"] == "nosniff" and said["content-length"] == str(len(JPEG))
    assert known.status_code == 304 and not known.content and known.headers["etag"] == tag


async def test_the_file_itself_is_only_for_saving(world: World) -> None:
    await shown(world)
    answer = await world.get("/v1/media/M/file", ADMIN)
    assert answer.content == JPEG
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E7%8C%AB.jpg"


async def test_what_is_somebody_elses_or_gone_is_not_found(world: World) -> None:
    await shown(world)
    assert (await world.get("/v1/media/M/thumbnail", bearer("V"))).status_code == 404
    for path in stored(world):
        path.unlink()
    assert (await world.get("/v1/media/M/thumbnail", bearer("U"))).status_code == 404
