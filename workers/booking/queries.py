"""What booking answers: to the guest and the cast of a reservation, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.booking import BookingAnswer, BookingPage, GetBooking, ListBookings
from infra import paging
from storage.booking import reservation

_person = sa.bindparam("person_id", type_=sa.Text)
# A draft past its time is expired; its timer rings within a second.
_status = sa.case(
    (sa.and_(reservation.c.status == "draft", reservation.c.expires_at <= sa.func.now()), "expired"),
    else_=reservation.c.status,
)
SHOWN: sa.Select[Any] = sa.select(*(column for column in reservation.c if column.name != "status"), _status.label("status"))
ONE = SHOWN.where(reservation.c.reservation_id == sa.bindparam("reservation_id"))


async def booking(query: GetBooking, read: AsyncConnection) -> BookingAnswer | None:
    row = (await read.execute(ONE, {"reservation_id": query.reservation_id})).one_or_none()
    if row is None or (query.reader_id and query.reader_id not in (row.cast_id, row.guest_id)):
        return None
    return _booking(row)


async def bookings(query: ListBookings, read: AsyncConnection) -> BookingPage:
    """Newest first, by id: they are UUIDv7 where Hikyaku gives them. The cursor is the last id of the page before."""
    wanted = sa.or_(reservation.c.cast_id == _person, reservation.c.guest_id == _person)
    statement = SHOWN.where(wanted).order_by(reservation.c.reservation_id.desc())
    given: dict[str, Any] = {"person_id": query.person_id}
    if query.cursor:
        statement = statement.where(reservation.c.reservation_id < sa.bindparam("cursor"))
        given["cursor"] = query.cursor
    if query.status:
        statement = statement.where(_status == sa.bindparam("status"))
        given["status"] = query.status
    rows: Sequence[sa.Row[Any]] = (await read.execute(statement.limit(query.limit + 1), given)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.reservation_id))
    return BookingPage(items=tuple(_booking(row) for row in shown), next_cursor=following)


def _booking(row: sa.Row[Any]) -> BookingAnswer:
    return BookingAnswer(
        reservation_id=row.reservation_id, cast_id=row.cast_id, guest_id=row.guest_id, plan=row.plan or None,
        starts_at=row.starts_at, ends_at=row.ends_at, expires_at=row.expires_at,
        status=row.status, reason=row.reason, version=row.version, created_at=row.created_at,
        updated_at=row.updated_at,
    )  # fmt: skip
