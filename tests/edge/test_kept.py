"""Answers that a route keeps: for a while, and until an event or the caller's own command makes them stale (S3-65)."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.identity import GetUser, UserCreated, UserUpdated
from contracts.inventory import GetProduct
from contracts.message import Event, catalogue
from edge.listener import Listener
from edge.routes.identity import USERS
from edge.routes.order import ORDERS
from tests.edge.world import ADMIN, World, bearer

pytestmark = pytest.mark.req("S3-65")

PATH = "/v1/users/CUST-001"


@pytest.fixture
def hearing(world: World) -> World:
    world.edge.caches.hearing(True)
    world.answers.by_topic[GetUser.topic] = b'{"user_id": "CUST-001", "name": "Taro"}'
    return world


async def asked(world: World, who: Any = None) -> int:
    """How often the owner was asked, this reading included."""
    assert (await world.get(PATH, who)).status_code == 200
    return len(world.answers.asked)


async def test_a_user_is_asked_for_once_in_half_an_hour(hearing: World) -> None:
    now = [0.0]
    cache = hearing.edge.caches.of(USERS)
    cache.clock = lambda: now[0]
    assert [await asked(hearing) for _ in range(3)] == [1, 1, 1]
    now[0] = 1799.0
    assert await asked(hearing, ADMIN) == 1
    now[0] = 1801.0
    assert await asked(hearing) == 2


@pytest.mark.parametrize("event", [UserCreated, UserUpdated])
async def test_an_event_about_the_user_makes_the_answer_stale(hearing: World, event: type[UserCreated]) -> None:
    listener = Listener("", hearing.edge.caches, hearing.live, hearing.hub, None)  # type: ignore[arg-type]  # not asked
    await asked(hearing)
    listener.take(event.topic, {"user_id": "CUST-002"})
    assert await asked(hearing) == 1
    listener.take(event.topic, {"user_id": "CUST-001"})
    assert await asked(hearing) == 2


async def test_what_i_have_changed_i_read_changed(hearing: World) -> None:
    await asked(hearing)
    changed = await hearing.client.patch(PATH, json={"name": "Jiro"}, headers=bearer())
    assert changed.status_code == 202
    assert await asked(hearing) == 2


async def test_who_registers_a_product_reads_it_registered(hearing: World) -> None:
    hearing.answers.by_topic[GetProduct.topic] = b'{"sku": "TEA-1"}'
    for _ in range(2):
        await hearing.get("/v1/products/TEA-1")
    assert len(hearing.answers.asked) == 1
    product = {"sku": "TEA-1", "name": "茶", "category": "tea", "unit_price": {"amount": 1, "currency": "JPY"}, "replace": True}
    assert (await hearing.post("/v1/products", product, who=ADMIN)).status_code == 202
    await hearing.get("/v1/products/TEA-1")
    assert len(hearing.answers.asked) == 2


@pytest.mark.req("S3-66")
def test_every_event_of_an_orders_history_makes_its_customers_list_stale() -> None:
    told = {kind.topic for kind in catalogue().values() if issubclass(kind, Event) and kind.aggregate == "order"}
    assert told == {kind.topic for kind in ORDERS.stale}


async def test_what_is_kept_of_one_is_nothing_to_another(hearing: World) -> None:
    await asked(hearing)
    assert (await hearing.get(PATH, bearer("CUST-002"))).status_code == 404


async def test_nothing_is_kept_while_nothing_is_heard(hearing: World) -> None:
    hearing.edge.caches.hearing(False)
    assert [await asked(hearing) for _ in range(3)] == [1, 2, 3]
