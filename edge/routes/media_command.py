"""Uploading and deleting media (S2-60, S2-83, S2-106)."""

from __future__ import annotations

import unicodedata
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from contracts.media_command import DeleteMedia, UploadMedia
from contracts.media_query import GetMedia
from edge.calls import Call, Intent
from edge.endpoints import Routes
from edge.fields import plain
from edge.files import Received

routes = Routes("media")

IMAGES = ("image/jpeg", "image/png")
NAMESPACE = UUID("0d5e7a84-3f0b-5c19-8a6d-91f4b2c7e350")
LONGEST_NAME = 255


def file_name(written: str) -> str:
    """The last part of a path, of whatever system it comes from: it is shown, and never a path of ours."""
    name = plain(unicodedata.normalize("NFC", written).replace("\\", "/").rpartition("/")[2])
    if set(name) == {"."} or len(name.encode()) > LONGEST_NAME:
        raise PydanticCustomError("no_file_name", "is not a file name of at most 255 bytes")
    return name


class Named(BaseModel):
    """`filename` is what the file is called where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    filename: Annotated[str, Field(min_length=1, max_length=1024), AfterValidator(file_name)]


@routes.upload("/v1/media", IMAGES, query=Named, ids=("media_id",))
async def upload(call: Call[Received]) -> Intent:
    """Upload an image of at most 50 MiB; the same image of the same user is one media."""
    file, user_id = call.body, call.principal.subject
    media_id = str(uuid5(NAMESPACE, file.blob.address))
    command = UploadMedia.model_validate(
        {
            "media_id": media_id, "user_id": user_id, "filename": call.query.filename, "content_type": file.content_type,
            "size": file.blob.size, "sha256": file.blob.sha256, "address": file.blob.address,
        }
    )  # fmt: skip
    links = {"media": f"/v1/media/{media_id}", "thumbnail": f"/v1/media/{media_id}/thumbnail"}
    return Intent(command, {"media_id": media_id}, links)


@routes.delete("/v1/media/{media_id}", ids=("media_id",))
async def delete(call: Call[None]) -> Intent:
    """Delete a media and its files; an admin deletes anybody's."""
    media_id, user_id = call.id("media_id"), call.principal.subject
    known = await call.glance(GetMedia(media_id=media_id))
    if known:
        call.principal.must_see(known["user_id"])
        user_id = known["user_id"]
    return Intent(DeleteMedia(media_id=media_id, user_id=user_id), {"media_id": media_id})
