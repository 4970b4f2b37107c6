"""The published language of offer: what a cast offers, and when (S1-20 … S1-25)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.money import Price

PlanName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Minutes = Annotated[int, Field(ge=5, le=24 * 60, strict=True)]
MOST_SLOTS = 200
"""Bookable times of one plan; what lies behind may be left out at the next publishing."""


class PlanPublished(Event):
    """The whole plan as it is from now on. `version` grows: whoever keeps a copy ignores older ones."""

    topic, about, key, aggregate = "offer.plan-published.v1", "plan_id", "cast_id", "plan"
    plan_id: str
    cast_id: str
    name: str
    minutes: int
    price: Price
    slots: tuple[datetime, ...]
    active: bool
    version: int


class PlanRefused(Refusal):
    """`unknown_plan`: there is none with this id, or it is another cast's."""

    topic, about, key = "offer.plan-refused.v1", "plan_id", "cast_id"
    plan_id: str
    cast_id: str
    reason: Literal["unknown_plan"]


class PublishPlan(Command):
    """A new plan, or a plan anew. `slots` are the times at which it may begin; an inactive plan is booked no longer.

    What was booked before keeps its price and duration (S1-46).
    """

    topic, about, key = "offer.publish-plan.v1", "plan_id", "cast_id"
    succeeds, fails = (PlanPublished,), (PlanRefused,)
    plan_id: Id
    cast_id: Id
    name: PlanName
    minutes: Minutes
    price: Price
    slots: tuple[AwareDatetime, ...] = Field(max_length=MOST_SLOTS)
    active: bool = True
    must_exist: bool = False


class PlanAnswer(Answer):
    plan_id: str
    cast_id: str
    name: str
    minutes: int
    price: Price
    active: bool
    version: int


class GetPlan(Query):
    topic, about = "offer.get-plan.v1", "plan_id"
    plan_id: Id


class PlanPage(Answer):
    items: tuple[PlanAnswer, ...]
    next_cursor: str | None


class ListPlans(Query):
    """The plans of a cast by id."""

    topic, about = "offer.list-plans.v1", "cast_id"
    cast_id: Id
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)


class Slot(BaseModel):
    """`held`: a guest is invited and has not pledged yet; others may still be. `taken`: booked."""

    model_config = ConfigDict(frozen=True)

    starts_at: datetime
    ends_at: datetime
    state: Literal["free", "held", "taken", "past"]


class SlotsAnswer(Answer):
    plan_id: str
    cast_id: str
    slots: tuple[Slot, ...]


class GetSlots(Query):
    """What can be booked of a plan (S1-22): its times, less what the cast has promised by any plan."""

    topic, about = "offer.get-slots.v1", "plan_id"
    plan_id: Id
