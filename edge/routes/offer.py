"""What casts offer and when it can be booked (S1-20 … S1-22)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from contracts.message import Id
from contracts.money import Price
from contracts.offer import MOST_SLOTS, GetPlan, GetSlots, ListPlans, Minutes, PlanAnswer, PlanPage, PublishPlan, SlotsAnswer
from edge.calls import Call, Intent
from edge.endpoints import Guard, Routes
from edge.fields import ProductName, Request
from edge.paging import Page
from infra import ids

routes = Routes("offers")


class NewPlan(Request):
    """`slots` are the times at which it may begin; `minutes` is how long it lasts."""

    name: ProductName
    minutes: Minutes
    price: Price
    slots: Annotated[tuple[AwareDatetime, ...], Field(max_length=MOST_SLOTS)]
    active: bool = True


class PlansOf(Page):
    cast_id: Id


@routes.post("/v1/plans", NewPlan, guard=Guard.CAST, ids=("plan_id",))
async def publish(call: Call[NewPlan]) -> Intent:
    """Publish a plan with the times at which it can be booked."""
    return _publishing(call, str(ids.root()), must_exist=False)


@routes.put("/v1/plans/{plan_id}", NewPlan, guard=Guard.CAST, ids=("plan_id",))
async def publish_anew(call: Call[NewPlan]) -> Intent:
    """Publish a plan anew; what was booked before stays as it was."""
    return _publishing(call, call.id("plan_id"), must_exist=True)


@routes.get("/v1/plans/{plan_id}", PlanAnswer)
async def read(call: Call[None]) -> bytes:
    """A plan."""
    return await call.ask(GetPlan(plan_id=call.id("plan_id")))


@routes.get("/v1/plans", PlanPage, query=PlansOf)
async def browse(call: Call[None]) -> bytes:
    """The plans of a cast."""
    wish = call.query
    return await call.ask(ListPlans(cast_id=wish.cast_id, cursor=wish.cursor, limit=wish.limit))


@routes.get("/v1/plans/{plan_id}/slots", SlotsAnswer)
async def slots(call: Call[None]) -> bytes:
    """The times of a plan, and which of them can be booked."""
    return await call.ask(GetSlots(plan_id=call.id("plan_id")))


def _publishing(call: Call[NewPlan], plan_id: str, *, must_exist: bool) -> Intent:
    body = call.body
    command = PublishPlan(
        plan_id=plan_id, cast_id=call.principal.subject, name=body.name, minutes=body.minutes, price=body.price,
        slots=body.slots, active=body.active, must_exist=must_exist,
    )  # fmt: skip
    return Intent(command, {"plan_id": plan_id}, {"plan": f"/v1/plans/{plan_id}", "slots": f"/v1/plans/{plan_id}/slots"})
