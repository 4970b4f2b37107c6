"""A first order, seen in a tracing system: one trace from the client to the payment (S3-85)."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.clock import WORTH_A_JUMP
from tests.browser import Page
from tests.collector import collecting
from tests.journeys.client import Client, eventually
from tests.journeys.shop import ONE, Shop

SKEW = 2 * WORTH_A_JUMP // timedelta(microseconds=1) * 1_000
"""Nanoseconds: two processes may each be so far from the database's clock."""
NAMES = {"order-processing": "order", "inventory-reserve": "inventory", "payment-process": "payment"}


def spans_of(document: Any) -> dict[str, tuple[str, Any]]:
    """Service and span by the span's name."""
    return {
        one["name"]: (resource["resource"]["attributes"][0]["value"]["stringValue"], one)
        for resource in document["resourceSpans"]
        for scope in resource["scopeSpans"]
        for one in scope["spans"]
    }


def ancestors(found: dict[str, tuple[str, Any]], name: str) -> list[str]:
    """By name, up to the root."""
    names = {one["spanId"]: known for known, (_, one) in found.items()}
    chain = [name]
    while parent := names.get(found[chain[-1]][1].get("parentSpanId", "")):
        chain.append(parent)
    return chain


async def ordered(admin: Client, customer: Client) -> tuple[str, str, dict[str, Any]]:
    """A first order by a client that traces: its trace id, its span id, and the answer."""
    trace_id, span_id = secrets.token_hex(16), secrets.token_hex(8)
    sku = await admin.product(quantity=10, price=500)
    await customer.deposit(5000)
    headers = {"traceparent": f"00-{trace_id}-{span_id}-01"}
    answer = await customer.post("/v1/orders", customer.wish({sku: 1}), headers=headers)
    assert answer.status_code == 200, answer.text
    return trace_id, span_id, answer.json()


def expected(document: Any, trace_id: str, client_span: str) -> None:
    found = spans_of(document)
    assert {one["traceId"] for _, one in found.values()} == {trace_id}
    assert {name: found[name][0] for name in NAMES} == NAMES
    served = found["POST /v1/orders"][1]
    assert served["parentSpanId"] == client_span
    for name in NAMES:
        assert ancestors(found, name)[-2:] == (["order-processing", "POST /v1/orders"]), ancestors(found, name)
    times = {name: (int(one["startTimeUnixNano"]), int(one["endTimeUnixNano"])) for name, (_, one) in found.items()}
    assert all(start <= end for start, end in times.values()), times
    begun, ended = times["order-processing"]
    for name in NAMES:
        assert begun - SKEW <= times[name][0] and times[name][1] <= ended + SKEW, times
    assert times["inventory-reserve"][1] <= times["payment-process"][0] + SKEW, times


@pytest.mark.req("S3-85")
async def test_an_order_is_one_trace_that_a_collector_takes(shop: Shop, admin: Client, customer: Client) -> None:
    trace_id, client_span, outcome = await ordered(admin, customer)

    async def whole() -> Any:
        answer = await customer.get(f"{outcome['links']['self']}/trace")
        return answer.json() if {"POST /v1/orders", *NAMES} <= spans_of(answer.json()).keys() else None

    expected(await eventually(whole, what="every span of the order"), trace_id, client_span)

    with collecting() as collector:
        for identity in (outcome["operation_id"], trace_id):
            done = await asyncio.to_thread(shop.hikyaku, "trace", identity, "--send", collector.url)
            assert done.returncode == 0, done.stdout + done.stderr
    assert len(collector.bodies) == 2
    for body in collector.bodies:
        expected(json.loads(body), trace_id, client_span)

    drawn = (await asyncio.to_thread(shop.hikyaku, "trace", trace_id)).stdout
    assert all(name in drawn for name in NAMES), drawn
    gone = await asyncio.to_thread(shop.hikyaku, "trace", trace_id, "--send", collector.url)
    assert gone.returncode != 0 and "Nothing takes traces" in gone.stderr


@pytest.mark.parametrize("shop", [ONE], indirect=True)
async def test_the_timeline_page_saves_the_trace(shop: Shop, page: Page, admin: Client, customer: Client) -> None:
    trace_id, _, outcome = await ordered(admin, customer)
    await page.open(f"{shop.url}/timeline/{outcome['operation_id']}", language="ja")
    await page.until("!document.getElementById('trace').hidden")
    assert await page.evaluate("document.getElementById('trace').innerText") == "トレースを保存 (OTLP/JSON)"
    await page.evaluate("URL.createObjectURL = (blob) => { window.saved = blob.text(); return '#'; }")

    await page.click("#trace")

    saved = json.loads(await page.until("window.saved"))
    assert {one["traceId"] for _, one in spans_of(saved).values()} == {trace_id}
    if picture := os.environ.get("HIKYAKU_PICTURE"):
        await page.picture(Path(picture))
    assert page.complaints == []


async def test_a_trace_of_somebody_else_looks_like_nothing(shop: Shop, admin: Client, customer: Client) -> None:
    trace_id, _, outcome = await ordered(admin, customer)
    stranger = Client(shop, "stranger", "customer")
    async with stranger.http:
        assert (await stranger.get(f"/v1/operations/{outcome['operation_id']}/trace")).status_code == 404
        assert (await stranger.get(f"/v1/traces/{trace_id}")).status_code == 404


def test_a_trace_that_nobody_knows_is_told_in_a_sentence(shop: Shop) -> None:
    done = shop.hikyaku("trace", "0" * 31 + "1")
    assert done.returncode != 0 and "Nothing is recorded" in done.stderr
