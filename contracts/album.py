"""The published language of album: whose album holds which media (S2-8, S2-64, S2-65, S2-85 … S2-88)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from contracts.message import Answer, Command, Event, Id, Query, Refusal

# What happened


class AlbumCreated(Event):
    topic, about, key, aggregate = "album.album-created.v1", "album_id", "user_id", "album"
    album_id: str
    user_id: str
    name: str
    default: bool


class MediaAddedToAlbum(Event):
    """About the media, so that a saga of that media finds it."""

    topic, about, key = "album.media-added.v1", "media_id", "user_id"
    media_id: str
    user_id: str
    album_id: str


class MediaRemovedFromAlbum(Event):
    topic, about, key = "album.media-removed.v1", "media_id", "user_id"
    media_id: str
    user_id: str
    album_id: str


class AdditionRefused(Refusal):
    """`album_full`: it holds as many as it may. `invalid_state`: the media was removed before it came."""

    topic, about, key = "album.addition-refused.v1", "media_id", "user_id"
    media_id: str
    user_id: str
    reason: Literal["album_full", "invalid_state"]


# What can be asked of album


class AddToDefaultAlbum(Command):
    """Into the user's default album, which is made when it is first needed. What is in it stays in it, once."""

    topic, about, key = "album.add-to-default-album.v1", "media_id", "user_id"
    succeeds, fails = (MediaAddedToAlbum,), (AdditionRefused,)
    media_id: Id
    user_id: Id
    upload: int = Field(ge=1, description="the version of the MediaUploaded that this belongs to")


class RemoveFromDefaultAlbum(Command):
    """One that comes before the addition refuses it when it comes at last."""

    topic, about, key = "album.remove-from-default-album.v1", "media_id", "user_id"
    succeeds = (MediaRemovedFromAlbum,)
    media_id: Id
    user_id: Id
    upload: int = Field(ge=1)


# What can be asked about


class AlbumAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)

    album_id: str
    user_id: str
    name: str
    default: bool
    media: int = Field(description="how many it holds")
    created_at: datetime


class AlbumPage(Answer):
    items: tuple[AlbumAnswer, ...]
    next_cursor: str | None


class AlbumMedia(BaseModel):
    model_config = ConfigDict(frozen=True)

    media_id: str
    added_at: datetime


class AlbumMediaPage(Answer):
    """Newest first."""

    album_id: str
    user_id: str
    items: tuple[AlbumMedia, ...]
    next_cursor: str | None


class ListAlbums(Query):
    topic, about = "album.list-albums.v1", "user_id"
    user_id: Id
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)


class ListAlbumMedia(Query):
    topic, about = "album.list-album-media.v1", "album_id"
    album_id: Id
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
