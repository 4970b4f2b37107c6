"""The published language of media_query: the read model of media (S2-7, S2-50 … S2-56)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.message import Answer, Id, Query

MediaStatus = Literal["processing", "active", "failed", "disabled"]


class MediaAnswer(Answer):
    """`thumb_url` is empty until there is a thumbnail; `reason` says why an upload failed.

    `version` is that of the newest event in it.
    """

    media_id: str
    user_id: str
    filename: str
    status: MediaStatus
    reason: str
    thumb_url: str
    content_type: str
    size: int
    width: int
    height: int
    uploaded_at: datetime
    version: int


class MediaPage(Answer):
    """Newest first."""

    items: tuple[MediaAnswer, ...]
    next_cursor: str | None


class MediaFiles(Answer):
    """Where its bytes lie, for the edge alone. The thumbnail's are empty until there is one."""

    media_id: str
    user_id: str
    filename: str
    address: str
    content_type: str
    size: int
    thumb_address: str
    thumb_type: str
    thumb_size: int


class GetMedia(Query):
    topic, about = "media_query.get-media.v1", "media_id"
    media_id: Id


class GetMediaFiles(Query):
    topic, about = "media_query.get-media-files.v1", "media_id"
    media_id: Id


class ListMedia(Query):
    """The cursor is the one that the page before named."""

    topic, about = "media_query.list-media.v1", "user_id"
    user_id: Id
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
