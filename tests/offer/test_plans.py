"""Plans and what can be booked of them, as facts and as PostgreSQL answers (S1-20 … S1-24)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import permutations

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.booking import ReservationChanged, ReservationConfirmed, ReservationExpired, ReservationHeld, ReservationStatus
from contracts.money import Price
from contracts.offer import GetPlan, GetSlots, ListPlans, PlanPublished, PlanRefused, PublishPlan
from infra.database import Pool
from infra.spec import NOON, Spec
from tests import scratch
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.offer import group, queries
from workers.offer.rules.engagements import Engagement
from workers.offer.rules.plans import Plan

pytestmark = pytest.mark.req("S1-20", "S1-21", "S1-22", "S1-23")

AIKO, LATER = "cast-aiko", datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
YEN = Price(amount=20_000, currency="JPY")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("offer", servers.database_url) as address:
        yield address


save, refused = partial(scratch.save, group), partial(scratch.refused, group)


def at(hours: float) -> datetime:
    return LATER + timedelta(hours=hours)


def publish(*hours: float, cast_id: str = AIKO, must_exist: bool = False) -> PublishPlan:
    slots = tuple(at(one) for one in hours)
    return PublishPlan(
        plan_id="P", cast_id=cast_id, name="夜のお散歩", minutes=120, price=YEN, slots=slots, must_exist=must_exist
    )  # fmt: skip


def published(*hours: float, version: int = 1) -> PlanPublished:
    slots = tuple(at(one) for one in hours)
    return PlanPublished(
        plan_id="P", cast_id=AIKO, name="夜のお散歩", minutes=120, price=YEN, slots=slots, active=True, version=version
    )  # fmt: skip


def plan(*hours: float, plan_id: str = "P") -> Plan:
    slots = [at(one).isoformat() for one in hours]
    return Plan(plan_id, AIKO, "夜のお散歩", 120, 20_000, "JPY", slots, True, 1, NOON)


def change(kind: type[ReservationChanged], status: ReservationStatus, version: int) -> ReservationChanged:
    return kind(
        reservation_id="R", cast_id=AIKO, guest_id="guest", plan=None, starts_at=at(0), ends_at=at(2), expires_at=at(0),
        status=status, version=version,
    )  # fmt: skip


def test_a_plan_is_published_with_its_times_in_order_and_once() -> None:
    Spec(group).when(publish(6, 0, 6)).then(published(0, 6)).when(publish(3, must_exist=True)).then(published(3, version=2))


@pytest.mark.parametrize(("rows", "command"), [((), publish(must_exist=True)), ((plan(),), publish(cast_id="cast-other"))])
def test_a_plan_that_is_not_there_or_not_yours_is_unknown(rows: tuple[Plan, ...], command: PublishPlan) -> None:
    told = PlanRefused(plan_id="P", cast_id=command.cast_id, reason="unknown_plan")
    Spec(group, *rows).when(command).then(told)


@pytest.mark.req("S1-24")
def test_in_whatever_order_booking_is_heard_the_newest_state_stays() -> None:
    held, confirmed = change(ReservationHeld, "draft", 1), change(ReservationConfirmed, "confirmed", 2)
    for order in permutations((held, confirmed, held)):
        spec = Spec(group)
        for one in order:
            spec.when(one)
        spec.leaves(Engagement("R", AIKO, at(0), at(2), "taken", 2))
    Spec(group).when(change(ReservationExpired, "expired", 2), held).leaves(Engagement("R", AIKO, at(0), at(2), "over", 2))


async def test_slots_are_free_held_taken_or_past(database: str, pool: Pool, reading: AsyncConnection) -> None:
    """What another plan promises counts too; times are half-open, so one may begin when another ends."""
    await empty(database)
    await save(
        pool, plan(-48, 0, 3, 6, 9), plan(plan_id="Q"),
        Engagement("A", AIKO, at(-2), at(0), "taken", 1), Engagement("B", AIKO, at(4), at(5), "held", 1),
        Engagement("C", AIKO, at(7), at(8), "taken", 1), Engagement("D", AIKO, at(7), at(8), "held", 1),
        Engagement("E", AIKO, at(9), at(11), "over", 1), Engagement("F", "cast-other", at(9), at(11), "taken", 1),
    )  # fmt: skip
    answer = await queries.slots(GetSlots(plan_id="P"), reading)
    assert answer and [one.state for one in answer.slots] == ["past", "free", "held", "taken", "free"]
    assert await queries.slots(GetSlots(plan_id="none"), reading) is None
    page = await queries.plans_of(ListPlans(cast_id=AIKO, limit=1), reading)
    rest = await queries.plans_of(ListPlans(cast_id=AIKO, cursor=page.next_cursor or ""), reading)
    assert ([one.plan_id for one in page.items], [one.plan_id for one in rest.items]) == (["P"], ["Q"])
    one = await queries.plan(GetPlan(plan_id="P"), reading)
    assert one and (one.price, one.minutes) == (YEN, 120)


async def test_a_plan_that_cannot_be_is_refused(database: str, pool: Pool) -> None:
    await empty(database)
    assert await refused(pool, replace(plan(), minutes=1441)) == "plan_lasts_a_day_at_most"
    assert await refused(pool, replace(plan(), amount=0)) == "plan_has_a_price"
