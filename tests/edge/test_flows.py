"""Cards of the start page that run a flow live, and the tokens they get for it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from edge import pages
from edge.app import Deps, create_app
from edge.demo_tokens import DemoTokens
from edge.endpoints import Guard
from edge.principals import ROLES, Principal
from edge.problems import Problem
from tests.edge.world import World

FLOWS = sorted(path.stem for path in (pages.HERE / "flows").glob("*.html"))


async def test_the_start_page_shows_every_flow_with_its_script(world: World) -> None:
    text = (await world.client.get("/")).text
    assert re.findall(r'id="flow-([^"]+)"', text) == FLOWS and "shop" in FLOWS
    for name in FLOWS:
        script = await world.client.get(f"/static/flows/{name}.js")
        assert f'<script src="/static/flows/{name}.js" defer>' in text and f'flow("{name}"' in script.text


@pytest.mark.parametrize("name", FLOWS)
def test_a_card_has_what_the_helper_fills(name: str) -> None:
    text = (pages.HERE / "flows" / f"{name}.html").read_text()
    assert text.count("<button") == text.count('class="steps"') == text.count('class="result"') == 1
    assert text.count('<span lang="en"') == text.count('<span lang="ja"') >= 3


def tokens() -> DemoTokens:
    def sign(subject: str, roles: Sequence[str], seconds: float) -> str:
        return json.dumps([subject, *roles])

    return DemoTokens(sign)


async def ask(world: World, query: str = "", host: str = "127.0.0.1:8080") -> Any:
    deps = Deps(world.edge, world.audit, world.live, demo_tokens=tokens())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(create_app(deps)), base_url="http://edge") as client:
        return await client.post(f"/demo/token{query}", headers={"Host": host})


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_in_development_a_page_gets_a_token_of_every_role(world: World, role: str) -> None:
    told = (await ask(world, f"?role={role}&subject=S-1")).json()
    assert (told["role"], told["subject"], told["access_token"]) == (role, "S-1", json.dumps(["S-1", role]))
    others = [(await ask(world, f"?role={role}")).json()["subject"] for _ in range(2)]
    assert others[0] != others[1]


@pytest.mark.parametrize(
    ("query", "field"), [("?role=root", "role"), ("?subject=a%20b", "subject"), ("?subject=" + "a" * 65, "subject")]
)
async def test_a_token_for_nobody_is_refused(world: World, query: str, field: str) -> None:
    answer = await ask(world, query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("host", ["shop.example", "127.0.0.1.evil.example:8080", "[::1", "", "localhost.evil"])
async def test_a_name_that_a_stranger_may_have_pointed_here_gets_no_token(world: World, host: str) -> None:
    assert (await ask(world, host=host)).status_code == 404
    assert [(await ask(world, host=good)).status_code for good in ("localhost:1", "[::1]:8080")] == [201, 201]


@pytest.mark.parametrize("guard", [Guard.ADMIN, Guard.CAST, Guard.CUSTOMER, Guard.GUEST])
def test_a_guard_lets_in_its_role_and_an_admin(guard: Guard) -> None:
    for role in ROLES:
        who = Principal("S-1", frozenset({role}), 0.0)
        if role in {guard.value, "admin"}:
            who.must_be(guard.value)
        else:
            with pytest.raises(Problem, match="forbidden"):
                who.must_be(guard.value)
