"""Users over HTTP: registered, read, changed; their addresses rest nowhere in clear (S0-22 … S0-24, S3-75)."""

from __future__ import annotations

import asyncpg
import pytest

from infra import domains
from tests.journeys.client import Client, fresh
from tests.journeys.shop import ONE, Shop


async def registered(client: Client, **more: object) -> str:
    body = {"name": "飛脚 太郎", "email": f"{fresh('Taro')}@Example.JP"} | more
    return str((await client.done("/v1/users", body))["user_id"])


@pytest.mark.req("S0-14", "S0-22", "X-11", "X-12")
async def test_a_customer_registers_and_reads_himself(admin: Client, customer: Client) -> None:
    email = f"{fresh('Taro')}@Example.JP"
    assert await registered(customer, email=email) == customer.subject
    mine = await customer.read(f"/v1/users/{customer.subject}")
    local, _, _ = email.partition("@")
    assert (mine["name"], mine["email"], mine["status"], mine["version"]) == ("飛脚 太郎", f"{local}@example.jp", "active", 1)

    seed = await admin.read(f"/api/v1/users/{customer.subject}")
    assert set(seed) == {"id", "name", "email", "status", "created_at", "updated_at"}
    assert (seed["id"], seed["email"]) == (customer.subject, mine["email"])
    given = await registered(admin, user_id=fresh("user"))
    assert given.startswith("user-")


@pytest.mark.req("S0-23")
async def test_a_change_says_what_it_was_made_of(admin: Client, customer: Client) -> None:
    me = f"/v1/users/{await registered(customer)}"
    wait = {"Prefer": "wait=25"}
    changed = await customer.http.patch(me, json={"name": "太郎丸", "version": 1}, headers=wait)
    assert changed.status_code == 200 and changed.json()["result"]["version"] == 2
    assert "email" not in changed.json()["result"], "what is sealed is left out of outcomes"
    stale = await customer.http.patch(me, json={"name": "次郎", "version": 1}, headers=wait)
    assert (stale.status_code, stale.json()["reason"]) == (409, "conflict")
    assert (await customer.read(me))["name"] == "太郎丸"
    own = await customer.http.patch(me, json={"status": "suspended"}, headers=wait)
    assert own.status_code == 403
    suspended = await admin.http.patch(me, json={"status": "suspended"}, headers=wait)
    assert suspended.json()["result"]["status"] == "suspended"


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S0-14", "S3-58")
async def test_two_users_never_share_an_address(admin: Client, customer: Client) -> None:
    email = f"{fresh('taro')}@example.jp"
    await registered(customer, email=email)
    other = await admin.post("/v1/users", {"name": "次郎", "email": email.upper()})
    assert (other.status_code, other.json()["reason"]) == (409, "already_exists")
    assert email not in other.text.lower()
    assert (await admin.get(f"/v1/users/{other.json()['user_id']}")).status_code == 404


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-73")
async def test_users_see_themselves_and_nobody_else(admin: Client, customer: Client) -> None:
    other = await registered(admin)
    for path in (f"/v1/users/{other}", f"/api/v1/users/{other}", f"/v1/users/{fresh()}"):
        assert (await customer.get(path)).status_code == 404
    assert (await customer.http.patch(f"/v1/users/{other}", json={"name": "x"})).status_code == 404
    assert (await customer.post("/v1/users", {"name": "x", "email": "x@example.jp", "user_id": other})).status_code == 403


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-73")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "taro@example.jp"}, "name"),
        ({"name": "太郎"}, "email"),
        ({"name": " ", "email": "taro@example.jp"}, "name"),
        ({"name": "x" * 101, "email": "taro@example.jp"}, "name"),
        ({"name": "太郎", "email": "secret-person"}, "email"),
        ({"name": "太郎", "email": "secret-person@"}, "email"),
        ({"name": "太郎", "email": "secret-person <a@example.jp>"}, "email"),
        ({"name": "太郎", "email": None}, "email"),
        ({"name": "太郎", "email": "taro@example.jp", "user_id": "../etc"}, "user_id"),
        ({"name": "太郎", "email": "taro@example.jp", "password": "x"}, "password"),
    ],
)
async def test_a_bad_user_is_named_by_the_field(customer: Client, body: dict[str, object], field: str) -> None:
    answer = await customer.post("/v1/users", body)
    assert answer.status_code == 422 and [one["field"] for one in answer.json()["errors"]] == [field]
    assert "secret-person" not in answer.text
    assert (await customer.get(f"/v1/users/{customer.subject}")).status_code == 404


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.parametrize("body", [{}, {"version": 1}, {"name": None}, {"status": "gone"}, {"version": 0, "name": "x"}])
async def test_a_bad_change_changes_nothing(admin: Client, body: dict[str, object]) -> None:
    path = f"/v1/users/{await registered(admin)}"
    assert (await admin.http.patch(path, json=body)).status_code == 422
    assert (await admin.read(path))["version"] == 1


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-75", "S3-77", "S0-24")
async def test_an_address_rests_nowhere_in_clear(shop: Shop, customer: Client) -> None:
    """Not in any table of any domain, nor in any log: outboxes, inboxes, operations and the audit included."""
    word = fresh("secretaddress")
    user_id = await registered(customer, email=f"{word}@example.jp")
    await customer.done("/v1/tasks", {"title": "探す"})
    found, seen = [], 0
    for domain in (*domains.names(), "edge"):
        connection = await asyncpg.connect(shop.database(domain))
        try:
            for (table,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                rows = await connection.fetch(f'SELECT one::text FROM "{table}" AS one')
                found += [(domain, table) for row in rows if word in row[0]]
                seen += sum(user_id in row[0] for row in rows)
        finally:
            await connection.close()
    logs = [path for path in shop.home.rglob("*.log") if word in path.read_text(errors="replace")]
    assert (found, logs) == ([], []) and seen > 5
    assert word in (await customer.read(f"/v1/users/{user_id}"))["email"]
