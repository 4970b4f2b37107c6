"""What can be asked of a mailbox."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.notification import ListNotifications, NotificationAnswer, NotificationPage, Text
from infra import paging
from storage.notification import mailbox, notification

_PAGE = (
    sa.select(notification)
    .where(
        notification.c.recipient == sa.bindparam("recipient"),
        notification.c.number < sa.bindparam("before", type_=sa.BigInteger),
    )
    .order_by(notification.c.number.desc())
    .limit(sa.bindparam("rows", type_=sa.Integer))
)
_UNREAD = _PAGE.where(notification.c.read_at.is_(None))
_COUNT = sa.select(mailbox.c.unread).where(mailbox.c.recipient == sa.bindparam("recipient"))
_NEWEST = 10**18


async def notifications(query: ListNotifications, read: AsyncConnection) -> NotificationPage:
    """Newest first. Nobody told: an empty page."""
    wanted = {"recipient": query.recipient, "before": int(query.cursor or _NEWEST), "rows": query.limit + 1}
    rows = (await read.execute(_UNREAD if query.unread else _PAGE, wanted)).all()
    unread = (await read.execute(_COUNT, {"recipient": query.recipient})).scalar_one_or_none()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.number))
    return NotificationPage(
        items=tuple(_answer(row) for row in shown),
        unread=unread or 0,
        next_cursor=following,
    )


def _answer(row: sa.Row[tuple[object, ...]]) -> NotificationAnswer:
    return NotificationAnswer(
        notification_id=row.notification_id, kind=row.kind, subject_id=row.subject_id, link=row.link,
        text=Text(ja=row.ja, en=row.en), created_at=row.created_at, read_at=row.read_at,
    )  # fmt: skip
