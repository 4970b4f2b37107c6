"""Plans are published whole, each time under a higher version (S1-20, S1-21)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contracts.offer import PlanPublished, PlanRefused, PublishPlan
from infra.decision import Outcomes, Row, Rows


@dataclass(frozen=True, slots=True)
class Plan(Row):
    """`slots` are the times at which it may begin, in UTC and in order."""

    plan_id: str
    cast_id: str
    name: str
    minutes: int
    amount: int
    currency: str
    slots: list[str]
    active: bool
    version: int
    updated_at: datetime
    sequence: int = 0


def publish_plan(command: PublishPlan, rows: Rows, now: datetime) -> Outcomes:
    """An id belongs to the cast that published it first; to another cast there is no such plan."""
    known = rows.get(Plan, command.plan_id)
    if known.cast_id != command.cast_id if known else command.must_exist:
        yield PlanRefused(plan_id=command.plan_id, cast_id=command.cast_id, reason="unknown_plan")
        return
    slots = tuple(sorted(set(command.slots)))
    version = known.version + 1 if known else 1
    yield Plan(
        command.plan_id, command.cast_id, command.name, command.minutes, command.price.amount, command.price.currency,
        [slot.isoformat() for slot in slots], command.active, version, now, known.sequence if known else 0,
    )  # fmt: skip
    yield PlanPublished(
        plan_id=command.plan_id, cast_id=command.cast_id, name=command.name, minutes=command.minutes, price=command.price,
        slots=slots, active=command.active, version=version,
    )  # fmt: skip
