"""What can be asked about orders, their sagas and the degraded modes."""

from __future__ import annotations

from collections.abc import Sequence
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
)
from contracts.process import SagaStep
from infra import paging
from infra.breaker import Breaker
from storage.order import breaker, orders, pulse
from workers.order.rules.degraded import DEFAULTS
from workers.order.rules.fulfilment import fulfilment

SHOWN = {step.name for step in fulfilment.steps}
DEGRADES_TO = {step.participant: step.otherwise.mode for step in fulfilment.steps if step.otherwise}

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
    shown, following = await _rows(read, statement, query.cursor, query.limit, customer_id=query.customer_id)
    return OrderPage(items=tuple(_order(row) for row in shown), next_cursor=following)


async def saga(query: GetSaga, read: AsyncConnection) -> SagaAnswer | None:
    row = (await read.execute(ONE, {"order_id": query.order_id})).one_or_none()
    return _saga(row) if row else None


async def all_sagas(query: ListSagas, read: AsyncConnection) -> SagaPage:
    shown, following = await _rows(read, BY_STATE if query.state else ALL, query.cursor, query.limit, state=query.state)
    return SagaPage(items=tuple(_saga(row) for row in shown), next_cursor=following)


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


async def _rows(
    read: AsyncConnection, statement: sa.Select[Any], cursor: str, limit: int, **where: str
) -> tuple[Sequence[sa.Row[Any]], str | None]:
    placed_at, order_id = paging.after(cursor)
    given = {"placed_at": placed_at, "order_id": order_id, "rows": limit + 1, **where}
    found = (await read.execute(statement, given)).all()
    return paging.page(found, limit, lambda last: paging.cursor(last.placed_at, last.order_id))


def _steps(row: sa.Row[Any]) -> tuple[SagaStep, ...]:
    return tuple(SagaStep(**step) for step in row.steps if step["name"] in SHOWN)


def _order(row: sa.Row[Any]) -> OrderAnswer:
    return OrderAnswer(
        order_id=row.order_id, customer_id=row.customer_id, status=row.status, reason=row.reason,
        steps=_steps(row), items=tuple(row.lines),
        total=Price(amount=row.amount, currency=row.currency) if row.amount else None,
        payment=row.payment or None, shipment=row.shipment or None, modes=tuple(row.modes),
        placed_at=row.placed_at, updated_at=row.updated_at,
    )  # fmt: skip


def _saga(row: sa.Row[Any]) -> SagaAnswer:
    return SagaAnswer(**{name: getattr(row, name) for name in SagaAnswer.model_fields})
