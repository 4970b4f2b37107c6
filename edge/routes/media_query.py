"""Media and their thumbnails (S2-7, S2-50)."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from contracts.media_query import GetMedia, GetMediaFiles, ListMedia, MediaAnswer, MediaFiles, MediaPage
from edge.calls import Call
from edge.endpoints import Routes
from edge.files import Given
from edge.owned import owned
from edge.paging import Page
from edge.problems import Problem

routes = Routes("media")

IMAGES = ("image/jpeg", "image/png")


class MediaOf(Page):
    user_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._:@-]*$")] = ""


@routes.get("/v1/media", MediaPage, query=MediaOf)
async def browse(call: Call[None]) -> bytes:
    """The media of a user, newest first."""
    wish = call.query or MediaOf()
    user_id = wish.user_id or call.principal.subject
    call.principal.must_see(user_id)
    return await call.ask(ListMedia(user_id=user_id, cursor=wish.cursor, limit=wish.limit))


@routes.get("/v1/media/{media_id}", MediaAnswer)
async def read(call: Call[None]) -> bytes:
    """A media and how its upload fares."""
    return owned(await call.ask(GetMedia(media_id=call.id("media_id"))), call.principal, "user_id")


@routes.file("/v1/media/{media_id}/thumbnail", IMAGES)
async def thumbnail(call: Call[None]) -> Given:
    """Its thumbnail, upright, as soon as there is one."""
    files = await _files(call)
    if not files.thumb_address:
        raise Problem("not-found")
    return Given(files.thumb_address, files.thumb_type, files.thumb_size, files.thumb_address[-64:])


@routes.file("/v1/media/{media_id}/file", IMAGES)
async def file(call: Call[None]) -> Given:
    """The file as it was uploaded."""
    files = await _files(call)
    if not files.address:
        raise Problem("not-found")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(files.filename)}"}
    return Given(files.address, files.content_type, files.size, files.address[-64:], headers)


async def _files(call: Call[None]) -> MediaFiles:
    answer = await call.ask(GetMediaFiles(media_id=call.id("media_id")))
    return MediaFiles.model_validate_json(owned(answer, call.principal, "user_id"))
