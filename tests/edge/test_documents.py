"""What the edge says of itself, and its pages."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from contracts.message import catalogue
from edge import pages
from edge.app import endpoints
from edge.caches import Cache
from edge.server import targets
from tests.edge.world import ORDER, World, bearer

CALLS = (
    "POST /v1/products",
    "GET /v1/products/{sku}",
    "GET /v1/products",
    "POST /v1/product-imports",
    "POST /v1/products/{sku}/replenishments",
    "GET /v1/products/{sku}/stock",
    "POST /v1/reservations",
    "GET /v1/reservations/{order_id}",
    "POST /v1/reservations/{order_id}/confirmation",
    "POST /v1/reservations/{order_id}/release",
    "POST /v1/wallets/{customer_id}/deposits",
    "GET /v1/wallets/{customer_id}",
    "GET /v1/wallets/{customer_id}/entries",
    "POST /v1/orders",
    "GET /v1/orders/{order_id}",
    "GET /v1/orders",
    "POST /v1/orders/{order_id}/cancellations",
    "GET /v1/payments/{payment_id}",
    "POST /v1/payments/{payment_id}/refunds",
    "POST /v1/payment-webhooks/{provider}",
    "GET /v1/shipments/{shipment_id}",
    "POST /v1/shipments/{shipment_id}/events",
    "GET /v1/modes",
    "PUT /v1/modes/{participant}",
    "GET /v1/operations/{operation_id}",
    "GET /v1/operations/{operation_id}/events",
    "POST /api/inventory/reserve",
    "POST /orders/demo-process",
)


async def test_every_call_is_served_and_described(world: World) -> None:
    described = (await world.client.get("/openapi.json")).json()
    for call in CALLS:
        method, path = call.split()
        assert method.lower() in described["paths"][path], call
    assert len({one.operation_id for one in endpoints()}) == len(endpoints())


async def test_no_description_points_nowhere(world: World) -> None:
    for address in ("/openapi.json", "/asyncapi.json"):
        document = (await world.client.get(address)).json()
        for reference in set(re.findall(r'"\$ref":"#/([^"]+)"', (await world.client.get(address)).text)):
            found = document
            for step in reference.split("/"):
                found = found[step.replace("~1", "/")]


async def test_every_message_has_its_channel(world: World) -> None:
    document = (await world.client.get("/asyncapi.json")).json()
    assert {one["address"] for one in document["channels"].values()} == set(catalogue()) | {"/v1/socket"}


@pytest.mark.req("S3-103")
@pytest.mark.parametrize("path", ["/", "/demo", "/tester", "/docs", "/maintenance", "/timeline/1"])
async def test_a_page_needs_nobody_else_and_no_inline_script(world: World, path: str) -> None:
    for language in ("en", "ja"):
        answer = await world.client.get(path, headers={"Accept-Language": language})
        assert f'data-lang="{language}"' in answer.text
        assert not re.search(r"https?://|<style|<script(?! src=)| on\w+=| style=", answer.text)
        assert answer.text.count('<span lang="en"') == answer.text.count('<span lang="ja"') > 0
        for file in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
            assert (await world.client.get(file)).status_code == 200
    # The name of SVG is no address.
    foreign = re.compile(r"https?://(?!www\.w3\.org/2000/svg)")
    assert not any(foreign.search(script.read_text()) for script in (pages.HERE / "static").rglob("*.js"))


async def test_the_demo_hands_out_no_tokens_unless_told_to(world: World) -> None:
    assert (await world.client.post("/demo/token")).status_code == 404


@pytest.mark.req("S3-63")
async def test_a_product_is_asked_for_once_until_it_changes(world: World) -> None:
    world.edge.caches.hearing(True)
    world.answers.by_topic["inventory.get-product.v1"] = b'{"sku": "TEA-1"}'
    for _ in range(3):
        assert (await world.get("/v1/products/TEA-1")).status_code == 200
    assert len(world.answers.asked) == 1
    world.edge.caches.heard("inventory.product-changed.v1", {"sku": "TEA-1"})
    await world.get("/v1/products/TEA-1")
    assert len(world.answers.asked) == 2


@pytest.mark.req("S3-64")
async def test_stock_is_never_kept(world: World) -> None:
    world.edge.caches.hearing(True)
    world.answers.by_topic["inventory.get-stock.v1"] = b"{}"
    for _ in range(3):
        await world.get("/v1/products/TEA-1/stock")
    assert len(world.answers.asked) == 3


@pytest.mark.req("S3-66")
async def test_a_customer_sees_his_own_new_order(world: World) -> None:
    world.edge.caches.hearing(True)
    world.answers.by_topic["order.list-orders.v1"] = b'{"items": [], "next_cursor": null}'
    await world.get("/v1/orders")
    await world.get("/v1/orders")
    assert len(world.answers.asked) == 1
    await world.post("/v1/orders", ORDER, key="k1")
    await world.get("/v1/orders")
    assert len(world.answers.asked) == 2


def test_an_answer_that_was_asked_for_before_a_change_is_not_kept() -> None:
    now = [0.0]
    cache = Cache(10, clock=lambda: now[0])
    cache.deaf = False
    ticket = cache.ticket("a")
    cache.changed("a")
    cache.put("a", ticket, b"old")
    assert cache.get("a") is None
    cache.put("a", cache.ticket("a"), b"new")
    assert cache.get("a") == b"new"
    now[0] = 11.0
    assert cache.get("a") is None


async def test_a_late_owner_is_504_and_never_a_500(world: World) -> None:
    answer = await world.get("/v1/wallets/CUST-001")
    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/late")


async def test_health_needs_no_token(world: World) -> None:
    assert [(await world.client.get(path)).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200] * 3
    assert "hikyaku_http_requests_total" in (await world.client.get("/metrics")).text
    assert (await world.client.get("/v1/modes", headers=bearer())).status_code == 403


def test_prometheus_is_told_where_every_process_has_its_metrics(tmp_path: Path) -> None:
    processes = [{"name": "workers", "pid": 1, "port": 9101, "metrics": "http://127.0.0.1:9101/metrics"}]
    (tmp_path / "hikyaku.json").write_text(json.dumps({"processes": processes}))
    labels = {"process": "workers", "__metrics_path__": "/metrics"}
    assert targets(tmp_path) == [{"targets": ["127.0.0.1:9101"], "labels": labels}]
    assert targets(tmp_path / "nowhere") == []
