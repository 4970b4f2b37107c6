"""Pulling the plug over HTTP: who may, when, and what a refusal says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from edge.problems import REASONS
from infra.faults import Refused, Wish
from infra.settings import Settings
from tests.edge.world import ADMIN, World, bearer

PATH = "/demo/faults"


class Supervisor:
    """What the edge passes on, and what it is told."""

    def __init__(self) -> None:
        self.wishes: list[Wish | None] = []
        self.refusal: Refused | None = None

    async def __call__(self, wish: Wish | None = None) -> dict[str, Any]:
        self.wishes.append(wish)
        if self.refusal:
            raise self.refusal
        return {"fault": wish.fault if wish else ""}


@pytest.fixture(scope="module")
def development() -> tuple[World, Supervisor]:
    """One edge for all of them: it keeps nothing from one request to the next."""
    supervisor = Supervisor()
    return World(faults=supervisor), supervisor


@pytest.fixture
def supervisor(development: tuple[World, Supervisor]) -> Supervisor:
    development[1].wishes, development[1].refusal = [], None
    return development[1]


async def ask(world: World, who: Mapping[str, str], body: str | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(world.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        if body is None:
            return await client.get(PATH, headers=who)
        return await client.post(PATH, content=body, headers={**who, "Content-Type": "application/json"})


@pytest.fixture
def world(development: tuple[World, Supervisor]) -> World:
    return development[0]


@pytest.fixture(scope="module")
def elsewhere() -> World:
    return World()


async def test_an_admin_sees_and_causes_faults(world: World, supervisor: Supervisor) -> None:
    assert (await ask(world, ADMIN)).status_code == 200
    caused = await ask(world, ADMIN, '{"fault": "freeze", "worker": "order", "seconds": 3}')
    assert (caused.status_code, caused.json()) == (202, {"fault": "freeze"})
    assert supervisor.wishes == [None, Wish(fault="freeze", worker="order", seconds=3)]


@pytest.mark.parametrize("who", [ADMIN, bearer(), {}], ids=["admin", "customer", "nobody"])
@pytest.mark.parametrize("body", [None, '{"fault": "stop"}'])
async def test_outside_development_there_is_no_such_thing(elsewhere: World, who: dict[str, str], body: str | None) -> None:
    assert (await ask(elsewhere, who, body)).status_code == 404


@pytest.mark.parametrize("body", [None, '{"fault": "stop"}'])
async def test_nobody_but_an_admin_gets_through(world: World, supervisor: Supervisor, body: str | None) -> None:
    refused = [await ask(world, who, body) for who in ({}, bearer(), bearer("C-1", "cast"), bearer("G-1", "guest"))]
    assert [one.status_code for one in refused] == [401, 403, 403, 403]
    assert {one.headers["content-type"] for one in refused} == {"application/problem+json"}
    assert supervisor.wishes == []


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ('{"fault": "explode"}', 422, "fault"),
        ("{}", 422, "fault"),
        ('{"fault": "freeze", "seconds": 31}', 422, "seconds"),
        ('{"fault": "freeze", "seconds": "3"}', 422, "seconds"),
        ('{"fault": "kill", "pid": 1}', 422, "pid"),
        ('{"fault": "stop", "fault": "kill"}', 400, ""),
        ("stop", 400, ""),
    ],
)
async def test_what_is_no_wish_reaches_nobody(world: World, supervisor: Supervisor, body: str, status: int, field: str) -> None:
    answer = await ask(world, ADMIN, body)
    assert answer.status_code == status
    assert [one["field"] for one in answer.json().get("errors", [])] == ([field] if field else [])
    assert supervisor.wishes == []


@pytest.mark.parametrize(
    "reason", ["external_server", "worker_away", "unknown_worker", "fault_running", "too_soon", "no_supervisor"]
)
async def test_a_refusal_is_a_problem_with_its_reason_in_both_languages(
    world: World, supervisor: Supervisor, reason: str
) -> None:
    supervisor.refusal = Refused(reason, "RabbitMQ is not ours.", retry_after=2)
    titles = {"en": REASONS[reason].en, "ja": REASONS[reason].ja}
    for language, title in titles.items():
        answer = await ask(world, ADMIN | {"Accept-Language": language}, '{"fault": "stop"}')
        assert answer.status_code == REASONS[reason].status and answer.headers["retry-after"] == "2"
        told = answer.json()
        assert (told["title"], told["reason"], told["detail"]) == (title, reason, "RabbitMQ is not ours.")


@pytest.mark.parametrize(
    ("host", "chosen", "development"),
    [("127.0.0.1", None, True), ("0.0.0.0", None, False), ("0.0.0.0", True, True), ("127.0.0.1", False, False)],
)
def test_development_is_where_only_this_machine_can_call_unless_somebody_says_so(
    host: str, chosen: bool | None, development: bool
) -> None:
    assert Settings(http_host=host, edge_development=chosen).development is development
