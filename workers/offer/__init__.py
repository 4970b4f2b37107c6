"""Owns what casts offer: plans and the times at which they may begin. Never decides who gets one (S1-25)."""

from __future__ import annotations

from contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationExpired,
    ReservationHeld,
    ReservationWithdrawn,
)
from contracts.offer import GetPlan, GetSlots, ListPlans, PublishPlan
from infra.group import Group
from infra.settings import lanes_of
from storage import offer as tables
from workers.offer import queries
from workers.offer.rules import engagements, plans

group = Group(
    "offer",
    tables={plans.Plan: tables.plan, engagements.Engagement: tables.engagement},
    aggregates={"plan": plans.Plan},
    partitions=lanes_of("offer"),
    metadata=tables.metadata,
)

group.on(PublishPlan, plans.publish_plan)
group.on(ReservationHeld, engagements.note)
group.on(ReservationConfirmed, engagements.note)
group.on(ReservationExpired, engagements.note)
group.on(ReservationWithdrawn, engagements.note)
group.on(ReservationDeclined, engagements.note)
group.on(ReservationCancelled, engagements.note)

group.answers(GetPlan, queries.plan)
group.answers(ListPlans, queries.plans_of)
group.answers(GetSlots, queries.slots)
