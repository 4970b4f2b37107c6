"""What can be asked about albums."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.album import AlbumAnswer, AlbumMedia, AlbumMediaPage, AlbumPage, ListAlbumMedia, ListAlbums
from infra import paging
from storage.album import album, entry

_at, _id = sa.bindparam("at", type_=sa.TIMESTAMP(timezone=True)), sa.bindparam("id", type_=sa.Text)
_rows = sa.bindparam("rows", type_=sa.Integer)

ALBUMS = (
    sa.select(album)
    .where(album.c.user_id == sa.bindparam("user_id", type_=sa.Text), album.c.album_id > _id)
    .order_by(album.c.album_id)
    .limit(_rows)
)
OWNER = sa.select(album.c.user_id).where(album.c.album_id == sa.bindparam("album_id", type_=sa.Text))
MEDIA = (
    sa.select(entry)
    .where(entry.c.album_id == sa.bindparam("album_id", type_=sa.Text), entry.c.present)
    .where(sa.tuple_(entry.c.added_at, entry.c.media_id) < sa.tuple_(_at, _id))
    .order_by(entry.c.added_at.desc(), entry.c.media_id.desc())
    .limit(_rows)
)


async def albums(query: ListAlbums, read: AsyncConnection) -> AlbumPage:
    given = {"user_id": query.user_id, "id": query.cursor, "rows": query.limit + 1}
    found = (await read.execute(ALBUMS, given)).all()
    shown, following = paging.page(found, query.limit, lambda last: str(last.album_id))
    items = tuple(
        AlbumAnswer(
            album_id=one.album_id, user_id=one.user_id, name=one.name, default=one.is_default, media=one.media,
            created_at=one.created_at,
        )
        for one in shown
    )  # fmt: skip
    return AlbumPage(items=items, next_cursor=following)


async def media(query: ListAlbumMedia, read: AsyncConnection) -> AlbumMediaPage | None:
    user_id = (await read.execute(OWNER, {"album_id": query.album_id})).scalar_one_or_none()
    if user_id is None:
        return None
    at, identity = paging.after(query.cursor)
    found = (await read.execute(MEDIA, {"album_id": query.album_id, "at": at, "id": identity, "rows": query.limit + 1})).all()
    shown, following = paging.page(found, query.limit, lambda last: paging.cursor(last.added_at, last.media_id))
    items = tuple(AlbumMedia(media_id=one.media_id, added_at=one.added_at) for one in shown)
    return AlbumMediaPage(album_id=query.album_id, user_id=user_id, items=items, next_cursor=following)
