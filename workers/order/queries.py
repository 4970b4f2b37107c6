"""What can be asked about orders, their sagas and the degraded modes."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.money import Price
from contracts.order import (
    GetModes,
    GetOrder,
    GetSaga,
    ListOrders,
    ListSagas,
    ModeAnswer,
    ModesAnswer,
    OrderAnswer,
    OrderPage,
    SagaAnswer,
    SagaPage,
    StepAnswer,
)
from infra.breaker import Breaker
from storage.order import breaker, orders, pulse
from workers.order.rules.degraded import DEFAULTS
from workers.order.rules.fulfilment import fulfilment

SHOWN = {step.name for step in fulfilment.steps}
DEGRADES_TO = {step.participant: step.otherwise.mode for step in fulfilment.steps if step.otherwise}
END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)

_newest = (orders.c.placed_at.desc(), orders.c.order_id.desc())
_before = sa.tuple_(orders.c.placed_at, orders.c.order_id) < sa.tuple_(
    sa.bindparam("placed_at", type_=orders.c.placed_at.type), sa.bindparam("order_id", type_=orders.c.order_id.type)
)
_page = sa.select(orders).where(_before).order_by(*_newest).limit(sa.bindparam("rows", type_=sa.Integer))

ONE = sa.select(orders).where(orders.c.order_id == sa.bindparam("order_id"))
ALL = _page
BY_CUSTOMER = _page.where(orders.c.customer_id == sa.bindparam("customer_id"))
BY_STATE = _page.where(orders.c.state == sa.bindparam("state"))
MODES = sa.select(breaker)
PULSES = sa.select(pulse)


async def order(query: GetOrder, read: AsyncConnection) -> OrderAnswer | None:
    row = (await read.execute(ONE, {"order_id": query.order_id})).one_or_none()
    return _order(row) if row else None


async def all_orders(query: ListOrders, read: AsyncConnection) -> OrderPage:
    statement = BY_CUSTOMER if query.customer_id else ALL
    rows = await _rows(read, statement, query.cursor, query.limit, customer_id=query.customer_id)
    return OrderPage(items=tuple(_order(row) for row in rows[: query.limit]), next_cursor=_next(rows, query.limit))


async def saga(query: GetSaga, read: AsyncConnection) -> SagaAnswer | None:
    row = (await read.execute(ONE, {"order_id": query.order_id})).one_or_none()
    return _saga(row) if row else None


async def all_sagas(query: ListSagas, read: AsyncConnection) -> SagaPage:
    rows = await _rows(read, BY_STATE if query.state else ALL, query.cursor, query.limit, state=query.state)
    return SagaPage(items=tuple(_saga(row) for row in rows[: query.limit]), next_cursor=_next(rows, query.limit))


async def modes(query: GetModes, read: AsyncConnection) -> ModesAnswer:
    stored = {row.participant: Breaker(*row) for row in await read.execute(MODES)}
    pulses = {row.domain: row for row in await read.execute(PULSES)}
    items = []
    for name, default in DEFAULTS.items():
        one, heard = stored.get(name, default), pulses.get(name)
        items.append(
            ModeAnswer(
                participant=name, mode=one.mode, state=one.circuit, degrades_to=DEGRADES_TO[name],
                last_beat=heard.last if heard else None, oldest_seconds=heard.oldest_seconds if heard else 0.0,
            )
        )  # fmt: skip
    return ModesAnswer(items=tuple(items))


async def _rows(read: AsyncConnection, statement: sa.Select[Any], cursor: str, limit: int, **where: str) -> Sequence[sa.Row[Any]]:
    """One row more than the page: it says whether there is a next one."""
    placed_at, order_id = _after(cursor)
    given = {"placed_at": placed_at, "order_id": order_id, "rows": limit + 1, **where}
    rows: Sequence[sa.Row[Any]] = (await read.execute(statement, given)).all()
    return rows


def _next(rows: Sequence[sa.Row[Any]], limit: int) -> str | None:
    if len(rows) <= limit:
        return None
    last = rows[limit - 1]
    return base64.urlsafe_b64encode(f"{last.placed_at.isoformat()}|{last.order_id}".encode()).decode()


def _after(cursor: str) -> tuple[datetime, str]:
    """Where the page before ended; a cursor that nobody gave out begins at the newest."""
    try:
        moment, _, order_id = base64.urlsafe_b64decode(cursor).decode().partition("|")
        at = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError):
        return END_OF_TIME, ""
    return (at, order_id) if at.tzinfo else (END_OF_TIME, "")


def _steps(row: sa.Row[Any], shown: set[str] | None = None) -> tuple[StepAnswer, ...]:
    return tuple(StepAnswer(**step) for step in row.steps if shown is None or step["name"] in shown)


def _order(row: sa.Row[Any]) -> OrderAnswer:
    return OrderAnswer(
        order_id=row.order_id, customer_id=row.customer_id, status=row.status, reason=row.reason,
        steps=_steps(row, SHOWN), items=tuple(row.lines),
        total=Price(amount=row.amount, currency=row.currency) if row.amount else None,
        payment=row.payment or None, shipment=row.shipment or None, modes=tuple(row.modes),
        placed_at=row.placed_at, updated_at=row.updated_at,
    )  # fmt: skip


def _saga(row: sa.Row[Any]) -> SagaAnswer:
    return SagaAnswer(
        order_id=row.order_id, customer_id=row.customer_id, state=row.state, version=row.version, step=row.step,
        attempts=row.attempts, deadline=row.deadline, reason=row.reason, steps=_steps(row),
        history=tuple(row.history),
    )  # fmt: skip
