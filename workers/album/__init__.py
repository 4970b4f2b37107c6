"""Owns albums and what stands in them. Never knows what a media shows."""

from __future__ import annotations

from contracts.album import AddToDefaultAlbum, ListAlbumMedia, ListAlbums, RemoveFromDefaultAlbum
from contracts.media_command import MediaDeleted
from infra.group import Group
from storage import album as tables
from workers.album import queries
from workers.album.rules import albums
from workers.album.settings import AlbumSettings

group = Group(
    "album",
    tables={albums.Album: tables.album, albums.Entry: tables.entry},
    aggregates={"album": albums.Album},
    metadata=tables.metadata,
)

group.on(AddToDefaultAlbum, albums.adding(AlbumSettings().capacity))
group.on(RemoveFromDefaultAlbum, albums.remove)
group.on(MediaDeleted, albums.forget)

group.answers(ListAlbums, queries.albums)
group.answers(ListAlbumMedia, queries.media)
