"""Tasks over HTTP: the saga with identity, its refusals, and a list that needs nobody else (S0-42 … S0-46, S0-84)."""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Any

import pytest

from tests.journeys import books
from tests.journeys.client import Client, eventually, fresh
from tests.journeys.shop import MANY, ONE, Shop
from tests.journeys.test_notices import told
from tests.journeys.test_users import registered


async def all_tasks(client: Client, query: str) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await client.read(f"/v1/tasks?limit=5&{query}&cursor={cursor}")
        found, cursor = [*found, *page["items"]], page["next_cursor"]
    return found


@pytest.mark.req("S0-25", "S0-30", "S0-42", "S0-43", "S0-44", "S0-45")
async def test_a_task_is_made_for_a_user_and_carries_the_name(admin: Client, customer: Client) -> None:
    user_id = await registered(customer)
    wish = {
        "user_id": user_id,
        "title": "廊下の掃除",
        "description": "奥まで\n丁寧に",
        "priority": "high",
        "due_date": "2030-02-28",
    }
    task_id = (await admin.done("/v1/tasks", wish))["task_id"]
    task = await customer.read(f"/v1/tasks/{task_id}")
    assert task["status"] == "todo" and task["user"] == {"user_id": user_id, "name": "飛脚 太郎", "status": "active"}
    assert {name: task[name] for name in wish} == wish
    notice = await told(customer, user_id, "task_assigned")
    assert "廊下の掃除" in notice["text"]["ja"] and notice["link"] == f"/v1/tasks/{task_id}"

    renamed = await customer.http.patch(f"/v1/users/{user_id}", json={"name": "太郎丸"}, headers={"Prefer": "wait=25"})
    assert renamed.status_code == 200

    async def known() -> bool:
        return bool((await customer.read(f"/v1/tasks/{task_id}"))["user"]["name"] == "太郎丸")

    await eventually(known, what="the copy follows")
    moved = await customer.http.patch(f"/v1/tasks/{task_id}", json={"status": "in_progress"}, headers={"Prefer": "wait=25"})
    assert moved.status_code == 200
    done = await customer.http.patch(f"/v1/tasks/{task_id}", json={"status": "done"}, headers={"Prefer": "wait=25"})
    assert done.status_code == 200 and (await customer.read(f"/v1/tasks/{task_id}"))["completed_at"]
    back = await customer.http.patch(f"/v1/tasks/{task_id}", json={"status": "cancelled"}, headers={"Prefer": "wait=25"})
    assert (back.status_code, back.json()["reason"]) == (409, "invalid_state")


@pytest.mark.req("S0-44")
async def test_nothing_is_created_for_who_is_unknown_or_suspended(shop: Shop, admin: Client) -> None:
    nobody, suspended = fresh("nobody"), await registered(admin)
    await admin.http.patch(f"/v1/users/{suspended}", json={"status": "suspended"}, headers={"Prefer": "wait=25"})
    for user_id, status, reason in ((nobody, 422, "unknown_user"), (suspended, 409, "inactive_user")):
        refused = await admin.post("/v1/tasks", {"user_id": user_id, "title": "消える"})
        assert (refused.status_code, refused.json()["reason"]) == (status, reason)
        assert (await admin.get(f"/v1/tasks/{refused.json()['task_id']}")).status_code == 404
        assert await all_tasks(admin, f"assignee={user_id}") == []
        assert await books.query(shop, "tasks", "SELECT task_id FROM task WHERE user_id = $1", user_id) == []


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-73")
async def test_tasks_are_their_users_alone(admin: Client, customer: Client) -> None:
    user_id = await registered(admin)
    task_id = (await admin.done("/v1/tasks", {"user_id": user_id, "title": "内緒"}))["task_id"]
    assert (await customer.get(f"/v1/tasks/{task_id}")).status_code == 404
    assert (await customer.get(f"/v1/tasks?assignee={user_id}")).status_code == 404
    assert (await customer.http.patch(f"/v1/tasks/{task_id}", json={"status": "done"})).status_code == 404
    assert (await customer.post("/v1/tasks", {"user_id": user_id, "title": "x"})).status_code == 403
    assert (await customer.read("/v1/tasks"))["items"] == []


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.req("S3-73")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "\u202egnp.exe"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x", "description": "\0"}, "description"),
        ({"title": "x", "priority": "soon"}, "priority"),
        ({"title": "x", "due_date": "2030-02-30"}, "due_date"),
        ({"title": "x", "status": "done"}, "status"),
    ],
)
async def test_a_bad_task_is_named_by_the_field(customer: Client, body: dict[str, object], field: str) -> None:
    answer = await customer.http.post("/v1/tasks", json=body)
    assert answer.status_code in (400, 422) and (answer.status_code == 400 or answer.json()["errors"][0]["field"] == field)


@pytest.mark.parametrize("shop", [ONE], indirect=True)
@pytest.mark.parametrize("query", ["cursor=%20", "limit=0", "limit=1000", "status=lost", "assignee=a%20b", "colour=red"])
async def test_a_bad_list_is_refused(admin: Client, query: str) -> None:
    assert (await admin.get(f"/v1/tasks?{query}")).status_code == 422


@pytest.mark.parametrize("shop", [MANY], indirect=True)
@pytest.mark.req("S0-4", "S0-6", "S0-43", "S0-44", "S0-84")
async def test_tasks_live_on_while_identity_stands_still(shop: Shop, admin: Client, customer: Client) -> None:
    user_id = await registered(customer)
    for n in range(7):
        await customer.done("/v1/tasks", {"title": f"タスク {n}"})
    shop.signal("identity", signal.SIGSTOP)
    try:
        found = await all_tasks(customer, f"assignee={user_id}&status=todo")
        assert [one["title"] for one in found] == [f"タスク {n}" for n in range(6, -1, -1)]
        assert {one["user"]["name"] for one in found} == {"飛脚 太郎"}
        assert (await customer.read(f"/v1/tasks/{found[0]['task_id']}"))["user"]["name"] == "飛脚 太郎"
        waiting = await customer.post("/v1/tasks", {"title": "待つ"}, wait=1)
        assert waiting.status_code == 202 and waiting.json()["status"] == "pending"
        assert len(await all_tasks(customer, f"assignee={user_id}")) == 7, "no ghost of the eighth"
    finally:
        shop.signal("identity", signal.SIGCONT)
    settled = await customer.settled(waiting.json()["links"]["self"])
    assert settled["status"] == "succeeded"
    assert len(await all_tasks(customer, f"assignee={user_id}")) == 8


@pytest.mark.req("S0-44")
async def test_an_operator_sees_the_saga_that_made_a_task(shop: Shop, admin: Client) -> None:
    user_id = await registered(admin)
    task_id = (await admin.done("/v1/tasks", {"user_id": user_id, "title": "掃除"}))["task_id"]

    def sagas(*arguments: str) -> Any:
        return shop.hikyaku("sagas", *arguments, "--domain", "tasks")

    listed = await asyncio.to_thread(sagas, "list", "--state", "completed", "--json")
    assert task_id in [one["task_id"] for one in json.loads(listed.stdout)]
    everywhere = await asyncio.to_thread(shop.hikyaku, "sagas", "list")
    assert everywhere.returncode == 0 and all(host in everywhere.stdout for host in ("order", "saga", "tasks"))
    shown = await asyncio.to_thread(sagas, "show", task_id)
    assert shown.returncode == 0 and "check_user" in shown.stdout
    refused = await asyncio.to_thread(sagas, "retry", task_id)
    assert refused.returncode == 1 and "only a saga that is stuck" in refused.stderr
