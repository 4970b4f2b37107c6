"""Bad input of every kind gets a clear 4xx problem and changes nothing (S3-73)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from copy import deepcopy
from typing import Any

import pytest

from tests.edge.world import ADMIN, ORDER, World, bearer

pytestmark = pytest.mark.req("S3-73")

JSON = {**bearer(), "Content-Type": "application/json", "Idempotency-Key": "k1"}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The order with one field changed, by a path such as `items.0.quantity`."""
    body: Any = deepcopy(ORDER)
    *way, last = path.split(".")
    place = body
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return dict(body)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("items.0.quantity", 0, "items[0].quantity"),
        ("items.0.quantity", -1, "items[0].quantity"),
        ("items.0.quantity", 1.0, "items[0].quantity"),
        ("items.0.quantity", "1", "items[0].quantity"),
        ("items.0.quantity", True, "items[0].quantity"),
        ("items.0.quantity", 10**30, "items[0].quantity"),
        ("items.0.price", 1, "items[0].price"),
        ("items", [], "items"),
        ("items.0.sku", "a b", "items[0].sku"),
        ("total", {"amount": 1, "currency": "JPY"}, "total"),
        ("payment_method", "gold", "payment_method"),
        ("shipping_address.city", "千代田\u0000区", "shipping_address.city"),
        ("shipping_address.recipient", "\u202eevil", "shipping_address.recipient"),
        ("shipping_address.recipient", "   ", "shipping_address.recipient"),
        ("shipping_address.recipient", "x" * 201, "shipping_address.recipient"),
        ("shipping_address.prefecture", "Kanto", "shipping_address.prefecture"),
        ("shipping_address.postal_code", "10-1", "shipping_address.postal_code"),
        ("shipping_address.phone", "12", "shipping_address.phone"),
        ("customer_id", None, "customer_id"),
    ],
)
async def test_the_wrong_field_is_named(world: World, path: str, value: Any, field: str) -> None:
    answer = await world.post("/v1/orders", changed(path, value), key="k1")
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert not world.intake.envelopes


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nul", b'{"a": NaN}', b"\xff\xfe", b'"\\ud800"', b"[" * 40 + b"]" * 40, b"[" * 60_000,
        b'{"customer_id": "a", "customer_id": "b"}', b'{"a": ' + b"9" * 5000 + b"}", "\ufeff{}".encode(),
    ],
)  # fmt: skip
async def test_what_is_no_json_is_refused(world: World, body: bytes) -> None:
    answer = await world.client.post("/v1/orders", content=body, headers=JSON)
    assert answer.status_code in {400, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_large_body_is_refused_whatever_its_headers_say(world: World) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield b" " * 1024

    declared = await world.client.post("/v1/orders", content=b" " * 70_000, headers=JSON)
    chunked = await world.client.post("/v1/orders", content=drip(), headers=JSON)
    assert declared.status_code == chunked.status_code == 413


async def test_a_slow_body_is_given_up() -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(5)

    world = World(body_seconds=0.05)
    answer = await world.client.post("/v1/orders", content=never(), headers=JSON)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/json; charset=utf-16", ""])
async def test_another_content_type_is_refused(world: World, kind: str) -> None:
    answer = await world.client.post("/v1/orders", content=b"{}", headers={**JSON, "Content-Type": kind})
    assert answer.status_code == 415


async def test_unknown_paths_methods_and_representations_are_problems_too(world: World) -> None:
    missing = await world.get("/v1/nothing")
    method = await world.client.delete("/v1/orders", headers=bearer())
    picture = await world.get("/v1/products", Accept="image/png")
    assert [missing.status_code, method.status_code, picture.status_code] == [404, 405, 406]
    assert method.headers["allow"] == "GET, HEAD, POST"
    assert {one.headers["content-type"] for one in (missing, method, picture)} == {"application/problem+json"}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=%00", "unknown=1", "limit=1&limit=2"])
async def test_a_query_is_as_strict_as_a_body(world: World, query: str) -> None:
    assert (await world.get(f"/v1/products?{query}")).status_code == 422


async def test_errors_speak_japanese_to_who_prefers_it(world: World) -> None:
    answer = await world.post("/v1/orders", changed("items.0.quantity", 0), key="k1", Accept_Language="ja,en;q=0.8")
    told = answer.json()
    assert answer.headers["content-language"] == "ja"
    assert told["title"] == "リクエストの内容が正しくありません"
    assert told["errors"][0]["detail"] == "1 以上で指定してください"


async def test_only_an_adjustment_may_be_negative(world: World) -> None:
    world.answers.by_topic["inventory.get-product.v1"] = None
    path = "/v1/products/TEA-1/replenishments"
    refused = await world.post(path, {"quantity": -1, "reason": "receive"}, who=ADMIN)
    accepted = await world.post(path, {"quantity": -1, "reason": "adjust"}, who=ADMIN)
    assert (refused.status_code, accepted.status_code) == (422, 202)


async def test_a_failure_of_ours_says_nothing_but_its_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(world.intake, "accept", broken)
    world.client._transport.raise_app_exceptions = False  # type: ignore[attr-defined]
    answer = await world.post("/v1/orders", ORDER, key="k1")
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert answer.headers["x-request-id"]
