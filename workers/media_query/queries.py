"""What can be asked about media."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.media_query import GetMedia, GetMediaFiles, ListMedia, MediaAnswer, MediaFiles, MediaPage
from infra import paging
from storage.media_query import media

ONE = sa.select(media).where(media.c.media_id == sa.bindparam("media_id", type_=sa.Text))
PAGE = (
    sa.select(media)
    .where(media.c.user_id == sa.bindparam("user_id", type_=sa.Text))
    .where(
        sa.tuple_(media.c.uploaded_at, media.c.media_id)
        < sa.tuple_(sa.bindparam("at", type_=sa.TIMESTAMP(timezone=True)), sa.bindparam("id", type_=sa.Text))
    )
    .order_by(media.c.uploaded_at.desc(), media.c.media_id.desc())
    .limit(sa.bindparam("rows", type_=sa.Integer))
)


async def one(query: GetMedia, read: AsyncConnection) -> MediaAnswer | None:
    row = (await read.execute(ONE, {"media_id": query.media_id})).one_or_none()
    return _answer(row) if row else None


async def files(query: GetMediaFiles, read: AsyncConnection) -> MediaFiles | None:
    row = (await read.execute(ONE, {"media_id": query.media_id})).one_or_none()
    if row is None:
        return None
    return MediaFiles(**{name: getattr(row, name) for name in MediaFiles.model_fields})


async def page(query: ListMedia, read: AsyncConnection) -> MediaPage:
    at, identity = paging.after(query.cursor)
    given = {"user_id": query.user_id, "at": at, "id": identity, "rows": query.limit + 1}
    found = (await read.execute(PAGE, given)).all()
    shown, following = paging.page(found, query.limit, lambda last: paging.cursor(last.uploaded_at, last.media_id))
    return MediaPage(items=tuple(_answer(row) for row in shown), next_cursor=following)


def _answer(row: sa.Row[Any]) -> MediaAnswer:
    return MediaAnswer(**{name: getattr(row, name) for name in MediaAnswer.model_fields})
