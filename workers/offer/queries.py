"""What offer answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.money import Price
from contracts.offer import GetPlan, GetSlots, ListPlans, PlanAnswer, PlanPage, Slot, SlotsAnswer
from infra import paging
from infra.clock import utcnow
from storage.offer import engagement
from storage.offer import plan as plans

ONE = sa.select(plans).where(plans.c.plan_id == sa.bindparam("plan_id"))
OF_CAST = (
    sa.select(plans)
    .where(plans.c.cast_id == sa.bindparam("cast_id"), plans.c.plan_id > sa.bindparam("cursor"))
    .order_by(plans.c.plan_id)
    .limit(sa.bindparam("rows", type_=sa.Integer))
)
PROMISED = sa.select(engagement.c.starts_at, engagement.c.ends_at, engagement.c.state).where(
    engagement.c.cast_id == sa.bindparam("cast_id"),
    engagement.c.ends_at > sa.bindparam("now", type_=engagement.c.ends_at.type),
    engagement.c.state != "over",
)


async def plan(query: GetPlan, read: AsyncConnection) -> PlanAnswer | None:
    row = (await read.execute(ONE, {"plan_id": query.plan_id})).one_or_none()
    return _plan(row) if row else None


async def plans_of(query: ListPlans, read: AsyncConnection) -> PlanPage:
    given = {"cast_id": query.cast_id, "cursor": query.cursor, "rows": query.limit + 1}
    rows: Sequence[sa.Row[Any]] = (await read.execute(OF_CAST, given)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.plan_id))
    return PlanPage(items=tuple(_plan(row) for row in shown), next_cursor=following)


async def slots(query: GetSlots, read: AsyncConnection) -> SlotsAnswer | None:
    """Reads the plan and then the promises: a promise made in between shows at the next look."""
    row = (await read.execute(ONE, {"plan_id": query.plan_id})).one_or_none()
    if row is None:
        return None
    now, length = utcnow(), timedelta(minutes=row.minutes)
    promised = (await read.execute(PROMISED, {"cast_id": row.cast_id, "now": now})).all()
    found = []
    for starts_at in map(datetime.fromisoformat, row.slots if row.active else ()):
        ends_at = starts_at + length
        states = {one.state for one in promised if one.starts_at < ends_at and starts_at < one.ends_at}
        found.append(Slot(starts_at=starts_at, ends_at=ends_at, state="past" if starts_at <= now else _state(states)))
    return SlotsAnswer(plan_id=row.plan_id, cast_id=row.cast_id, slots=tuple(found))


def _state(states: set[str]) -> Literal["free", "held", "taken"]:
    return "taken" if "taken" in states else "held" if "held" in states else "free"


def _plan(row: sa.Row[Any]) -> PlanAnswer:
    return PlanAnswer(
        plan_id=row.plan_id, cast_id=row.cast_id, name=row.name, minutes=row.minutes,
        price=Price(amount=row.amount, currency=row.currency), active=row.active, version=row.version,
    )  # fmt: skip
