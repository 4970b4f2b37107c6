"""What can be asked about sagas."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.saga import GetSaga, ListSagas, SagaAnswer, SagaPage
from infra import paging
from storage.saga import TIME, upload

ONE = sa.select(upload).where(upload.c.media_id == sa.bindparam("media_id", type_=sa.Text))
PAGE = (
    sa.select(upload)
    .where(
        sa.tuple_(upload.c.started_at, upload.c.media_id)
        < sa.tuple_(sa.bindparam("at", type_=TIME), sa.bindparam("id", type_=sa.Text))
    )
    .order_by(upload.c.started_at.desc(), upload.c.media_id.desc())
    .limit(sa.bindparam("rows", type_=sa.Integer))
)
BY_STATE = PAGE.where(upload.c.state == sa.bindparam("state", type_=sa.Text))


async def saga(query: GetSaga, read: AsyncConnection) -> SagaAnswer | None:
    row = (await read.execute(ONE, {"media_id": query.media_id})).one_or_none()
    return _answer(row) if row else None


async def all_sagas(query: ListSagas, read: AsyncConnection) -> SagaPage:
    at, identity = paging.after(query.cursor)
    given = {"at": at, "id": identity, "rows": query.limit + 1} | ({"state": query.state} if query.state else {})
    found = (await read.execute(BY_STATE if query.state else PAGE, given)).all()
    shown, following = paging.page(found, query.limit, lambda last: paging.cursor(last.started_at, last.media_id))
    return SagaPage(items=tuple(_answer(row) for row in shown), next_cursor=following)


def _answer(row: sa.Row[Any]) -> SagaAnswer:
    return SagaAnswer(**{name: getattr(row, name) for name in SagaAnswer.model_fields})
