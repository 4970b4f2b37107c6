"""The copy of the plans that casts publish (S1-24, S1-46)."""

from __future__ import annotations

from datetime import UTC, datetime

from contracts.offer import PlanPublished
from infra.decision import Outcomes, Rows, newer
from workers.booking.rules.state import Plan


def note_plan(event: PlanPublished, rows: Rows, now: datetime) -> Outcomes:
    """The newest version wins, in whatever order they come."""
    known = rows.get(Plan, event.plan_id)
    if newer(known, event):
        slots = [slot.astimezone(UTC).isoformat() for slot in event.slots]
        price = event.price
        yield Plan(
            event.plan_id, event.cast_id, event.name, event.minutes, price.amount, price.currency, slots, event.active,
            event.version,
        )  # fmt: skip
