"""From the upload of an image to its thumbnail, its album and the notice, and back when one of them says no."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

from infra.blobs import space_of
from tests.journeys import books
from tests.journeys.client import WAIT, Client, eventually
from tests.journeys.shop import MANY, ONE, ROOT, Shop

IMAGES = ROOT / "infra" / "demo" / "data" / "images"


def image(number: int = 6) -> bytes:
    return (IMAGES / f"hopper_orientation_{number}.jpg").read_bytes()


async def upload(client: Client, content: bytes, name: str = "hopper.jpg", wait: int = WAIT) -> httpx.Response:
    headers = {"Content-Type": "image/jpeg"} | ({"Prefer": f"wait={wait}"} if wait else {})
    return await client.http.post("/v1/media", params={"filename": name}, content=content, headers=headers)


async def history(shop: Shop, media_id: str) -> list[tuple[int, str]]:
    rows = await books.query(
        shop, "eventstore", "SELECT version, type FROM event WHERE stream = $1 ORDER BY version", f"media:{media_id}"
    )
    return [(row["version"], row["type"].split(".")[1]) for row in rows]


async def told(client: Client) -> list[str]:
    page = await client.read(f"/v1/users/{client.subject}/notifications")
    return [one["kind"] for one in page["items"]]


def files(shop: Shop, user: str) -> list[str]:
    folder = shop.home / "blobs" / space_of(user)
    return [path.name for path in folder.rglob("*") if path.is_file()]


async def becomes(client: Client, media_id: str, status: str) -> Any:
    async def there() -> Any:
        answer = await client.get(f"/v1/media/{media_id}")
        return answer.json() if answer.status_code == 200 and answer.json()["status"] == status else None

    return await eventually(there, 15, f"{media_id} is {status}")


@pytest.mark.req("S2-30", "S2-39", "S2-50", "S2-60", "S2-61", "S2-63", "S2-65", "S2-67")
async def test_an_image_gets_its_thumbnail_upright_its_album_and_a_notice(shop: Shop, customer: Client) -> None:
    answer = await upload(customer, image())
    assert answer.status_code == 200, answer.text
    media_id, album_id = answer.json()["media_id"], answer.json()["result"]["album_id"]

    media = await becomes(customer, media_id, "active")
    assert (media["filename"], media["width"], media["height"], media["version"]) == ("hopper.jpg", 128, 128, 2)
    thumbnail = await customer.get(media["thumb_url"])
    shown, reference = Image.open(BytesIO(thumbnail.content)), Image.open(BytesIO(image(3)))
    upright = reference.transpose(Image.Transpose.ROTATE_180)
    assert max(ImageStat.Stat(ImageChops.difference(shown, upright)).mean) < 8
    again = await customer.get(media["thumb_url"], headers={"If-None-Match": thumbnail.headers["ETag"]})
    assert again.status_code == 304
    albums = await customer.read(f"/v1/users/{customer.subject}/albums")
    assert [(one["album_id"], one["default"], one["media"]) for one in albums["items"]] == [(album_id, True, 1)]
    entries = await customer.read(f"/v1/albums/{album_id}/media")
    assert [one["media_id"] for one in entries["items"]] == [media_id]
    assert await told(customer) == ["upload_finished"]
    assert await history(shop, media_id) == [(1, "media-uploaded"), (2, "media-processed")]


@pytest.mark.req("S2-71", "S2-106")
async def test_first_uploads_at_once_make_one_album_and_one_media_of_one_file(shop: Shop, customer: Client) -> None:
    answers = await asyncio.gather(*(upload(customer, image(n)) for n in (2, 3, 3, 4)))

    assert [one.status_code for one in answers] == [200] * 4
    assert len({one.json()["media_id"] for one in answers}) == 3

    async def counted() -> Any:
        albums = (await customer.read(f"/v1/users/{customer.subject}/albums"))["items"]
        return albums if [one["media"] for one in albums] == [3] else None

    await eventually(counted, 10, "one album with three media")
    page = await customer.read("/v1/media", params={"limit": 2})
    rest = await customer.read("/v1/media", params={"limit": 2, "cursor": page["next_cursor"]})
    assert len(page["items"]) == 2 and len(rest["items"]) == 1 and rest["next_cursor"] is None


@pytest.mark.req("S2-69", "S2-70", "S2-82", "S2-84")
async def test_a_corrupt_image_is_refused_its_file_deleted_and_its_owner_told(shop: Shop, customer: Client) -> None:
    answer = await upload(customer, image()[:2000])

    assert answer.status_code == 422 and answer.json()["reason"] == "corrupt_image", answer.text
    media_id = answer.json()["media_id"]
    media = await becomes(customer, media_id, "failed")
    assert (media["reason"], media["thumb_url"]) == ("corrupt_image", "")
    assert (await customer.get(f"/v1/media/{media_id}/thumbnail")).status_code == 404
    assert [what for _, what in await history(shop, media_id)] == [
        "media-uploaded", "media-processing-failed", "media-upload-compensated",
    ]  # fmt: skip

    async def gone() -> bool:
        return not files(shop, customer.subject) and await told(customer) == ["upload_failed"]

    await eventually(gone, 10, "the file is gone and the owner told")
    assert not (await customer.read(f"/v1/users/{customer.subject}/albums"))["items"]


@pytest.mark.req("S2-68", "S2-70")
async def test_a_full_album_disables_the_media_and_a_deletion_makes_room(shop: Shop, customer: Client) -> None:
    first, *_ = [await upload(customer, image(n)) for n in (2, 3, 4)]

    answer = await upload(customer, image(5))

    assert answer.status_code == 409 and answer.json()["reason"] == "album_full", answer.text
    media_id = answer.json()["media_id"]
    await becomes(customer, media_id, "disabled")
    assert [what for _, what in await history(shop, media_id)] == [
        "media-uploaded", "media-processed", "media-upload-compensated",
    ]  # fmt: skip

    deleted = first.json()["media_id"]
    assert (await customer.http.delete(f"/v1/media/{deleted}", headers={"Prefer": "wait=15"})).status_code == 200

    async def left() -> bool:
        gone = (await customer.get(f"/v1/media/{deleted}")).status_code == 404
        albums = await customer.read(f"/v1/users/{customer.subject}/albums")
        return gone and albums["items"][0]["media"] == 2

    await eventually(left, 10, "the deleted media left view and album")
    assert (await upload(customer, image(5))).status_code == 200
    assert (await becomes(customer, media_id, "active"))["version"] == 5


@pytest.mark.req("S2-106")
async def test_a_file_beyond_50_mib_is_cut_off_and_another_type_refused(shop: Shop, customer: Client) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.port)
    bearer = customer.http.headers["Authorization"]
    head = ("POST /v1/media?filename=a.jpg HTTP/1.1", "Host: hikyaku", f"Authorization: {bearer}", "Transfer-Encoding: chunked")
    writer.write("\r\n".join([*head, "", ""]).encode())
    piece = b"%x\r\n" % 1_048_576 + image().ljust(1_048_576, b"x") + b"\r\n"
    for _ in range(51):
        writer.write(piece)
        await writer.drain()
    # The body goes on, as far as anybody knows; the answer comes all the same, and with it the end of the connection.
    said = await asyncio.wait_for(reader.read(), 15)
    writer.close()
    other = await upload(customer, b"<svg/>", "cat.jpg")

    assert said.startswith(b"HTTP/1.1 413 ") and b"connection: close" in said.lower()
    assert other.status_code == 415
    assert not files(shop, customer.subject) and not (await customer.read("/v1/media"))["items"]


async def test_somebody_elses_media_is_not_there(shop: Shop, customer: Client, admin: Client) -> None:
    media_id = (await upload(admin, image())).json()["media_id"]
    for path in (f"/v1/media/{media_id}", f"/v1/media/{media_id}/thumbnail", f"/v1/media/{media_id}/file"):
        assert (await customer.get(path)).status_code == 404
    assert (await customer.http.delete(f"/v1/media/{media_id}")).status_code == 404
    assert (await customer.get("/v1/media", params={"user_id": "ops"})).status_code == 404


@pytest.mark.parametrize("shop", [ONE], indirect=True)
async def test_a_thumbnail_whose_maker_is_killed_is_made_all_the_same(shop: Shop, customer: Client) -> None:
    large = BytesIO()
    Image.linear_gradient("L").resize((9000, 9000)).save(large, "PNG", compress_level=1)
    accepted = await upload(customer, large.getvalue(), "large.png", wait=0)
    assert accepted.status_code == 202

    async def at_work() -> bool:
        children = subprocess.run(["pgrep", "-P", str(shop.processes["jobs"])], capture_output=True, text=True).stdout
        return bool(children.split())

    await eventually(at_work, 10, "the thumbnail is being made")
    shop.signal("jobs", signal.SIGKILL)

    operation = await customer.settled(accepted.headers["Location"], within=60)
    assert operation["status"] == "succeeded", operation
    assert [what for _, what in await history(shop, accepted.json()["media_id"])] == ["media-uploaded", "media-processed"]
    assert await told(customer) == ["upload_finished"]


@pytest.mark.parametrize("shop", [MANY], indirect=True)
async def test_an_upload_waits_for_an_album_that_is_away(shop: Shop, customer: Client) -> None:
    shop.signal("album", signal.SIGSTOP)
    try:
        accepted = await upload(customer, image(), wait=0)
        media_id = accepted.json()["media_id"]
        await becomes(customer, media_id, "active")
        assert (await customer.read(accepted.headers["Location"]))["status"] == "pending"
    finally:
        shop.signal("album", signal.SIGCONT)
    assert (await customer.settled(accepted.headers["Location"]))["status"] == "succeeded"


def run(shop: Shop, *arguments: str) -> str:
    settings = shop.settings
    environment = {
        "HIKYAKU_HOME": str(shop.home), "HIKYAKU_NAMESPACE": settings.namespace, "HIKYAKU_AMQP_URL": settings.amqp_url,
        "HIKYAKU_MANAGEMENT_URL": settings.management_url, "HIKYAKU_DATABASE_URL": settings.database_url,
    }  # fmt: skip
    command = [sys.executable, "-m", "infra.cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.req("S2-54", "S2-55")
@pytest.mark.parametrize("shop", [ONE], indirect=True)
async def test_the_view_made_anew_is_the_same_and_heals_what_was_wrong(shop: Shop, customer: Client) -> None:
    media_id = (await upload(customer, image())).json()["media_id"]
    before = await becomes(customer, media_id, "active")

    assert "the same as before" in await asyncio.to_thread(run, shop, "rebuild", "media_query")
    assert await customer.read(f"/v1/media/{media_id}") == before

    await books.query(shop, "media_query", "UPDATE media SET filename = 'wrong' WHERE media_id = $1", media_id)
    assert "DIFFERED" in await asyncio.to_thread(run, shop, "rebuild", "media_query")
    assert await customer.read(f"/v1/media/{media_id}") == before
    # And the projection goes on in the new table.
    other = (await upload(customer, image(7))).json()["media_id"]
    await becomes(customer, other, "active")


@pytest.mark.req("S2-35", "S2-36")
async def test_a_media_is_seen_as_it_was(shop: Shop, customer: Client) -> None:
    media_id = (await upload(customer, image())).json()["media_id"]
    whole = await customer.read(f"/v1/streams/media:{media_id}")
    first = whole["items"][0]
    assert [(one["version"], one["type"]) for one in whole["items"]] == [
        (1, "media_command.media-uploaded.v1"), (2, "media_command.media-processed.v1"),
    ]  # fmt: skip
    then = await customer.read(f"/v1/streams/media:{media_id}", params={"at": first["time"]})
    assert then["items"] == [first] and then["version"] == 1, json.dumps(then)
