"""Bad input of every kind is a clear 4xx within a second and changes nothing (S3-73)."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from tests.journeys import books
from tests.journeys.client import TOKYO, Client, yen
from tests.journeys.shop import ONE, Shop

pytestmark = [pytest.mark.parametrize("shop", [ONE], indirect=True), pytest.mark.req("S3-73")]

Path = tuple[str | int, ...]
MISSING = object()
NUMBERS = ["5", 1.5, -1, 0, 10**13, 10**30, -(10**30), True, None, [], {}]
TEXTS = [5, True, None, [], {}, "", " ", "a\0b", "a\u202eb", "x" * 5000, MISSING]
LISTS = [None, "x", {}, [], [None], [[]], MISSING]
OBJECTS = [None, "x", [], 5, {}, MISSING]

ITEMS = [{"sku": "sku-1", "quantity": 1}]
SEED_ITEMS = [{"productId": "sku-1", "quantity": 1}]
SEED_ADDRESS = {("postalCode" if name == "postal_code" else name): value for name, value in TOKYO.items()}
ROUTES: dict[str, dict[str, Any]] = {
    "/v1/products": {"sku": "sku-1", "name": "Book", "category": "books", "unit_price": yen(100), "low_stock_threshold": 3},
    "/v1/products/sku-1/replenishments": {"quantity": 5, "reason": "receive"},
    "/v1/reservations": {"order_id": "ORDER-1", "customer_id": "CUST-1", "items": ITEMS},
    "/v1/wallets/CUST-1/deposits": yen(100),
    "/v1/orders": {"customer_id": "CUST-1", "items": ITEMS, "shipping_address": TOKYO, "payment_method": "wallet"},
    "/v1/payments/P-1/refunds": yen(100),
    "/v1/shipments/S-1/events": {"status": "picked_up"},
    "/api/inventory/reserve": {"orderId": "ORDER-1", "customerId": "CUST-1", "items": SEED_ITEMS},
    "/orders/demo-process": {
        "orderId": "ORDER-1", "customerId": "CUST-1", "items": SEED_ITEMS, "shippingAddress": SEED_ADDRESS,
        "paymentMethod": "wallet",
    },
}  # fmt: skip
HARMLESS = {("low_stock_threshold", 0), ("low_stock_threshold", MISSING), ("paymentMethod", MISSING), ("reason", MISSING)}
"""What looks bad and is allowed there."""

RAW: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{'sku': 1}",
    "cut off": b'{"sku": "a',
    "a list": b"[]",
    "a number": b"12",
    "null": b"null",
    "text": b'"text"',
    "not UTF-8": b'{"sku": "\xff\xfe"}',
    "NUL": b'{"sku": "a"}\0',
    "half a character": b'{"sku": "\\ud800"}',
    "a key twice": b'{"amount": 1, "amount": 2, "currency": "JPY"}',
    "not a number": b'{"amount": NaN, "currency": "JPY"}',
    "deeply nested lists": b"[" * 30_000 + b"]" * 30_000,
    "deeply nested objects": b'{"a":' * 9_000 + b"1" + b"}" * 9_000,
    "many digits": b'{"amount": ' + b"9" * 20_000 + b', "currency": "JPY"}',
    "10 MB": b'{"sku": "' + b"a" * 10_000_000 + b'"}',
}


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place inside of a body, with what stands there."""
    inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in inner:
        yield (*path, name), child
        yield from places(child, (*path, name))


def changed(body: Any, path: Path, value: Any) -> Any:
    body = copy.deepcopy(body)
    parent = body
    for name in path[:-1]:
        parent = parent[name]
    if value is MISSING:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return body


def written(path: Path) -> str:
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path).removeprefix(".")


def mistakes(body: Any) -> Iterator[tuple[str, Any]]:
    """The field that is wrong, and a body with it."""
    yield "nonsense", body | {"nonsense": 1}
    for path, value in places(body):
        bad = (
            NUMBERS
            if isinstance(value, int)
            else TEXTS
            if isinstance(value, str)
            else LISTS
            if isinstance(value, list)
            else OBJECTS
        )
        for wrong in bad:
            harmless = any(path[-1] == name and wrong is allowed for name, allowed in HARMLESS)
            if not harmless and not (wrong is MISSING and isinstance(path[-1], int)):
                yield written(path), changed(body, path, wrong)
        if isinstance(value, dict):
            yield f"{written(path)}.nonsense", changed(body, (*path, "nonsense"), 1)


def check(answer: httpx.Response, seconds: float, what: object) -> Any:
    assert 400 <= answer.status_code < 500, (what, answer.status_code, answer.text[:300])
    assert answer.headers["Content-Type"] == "application/problem+json", what
    assert seconds < 1, (what, seconds)
    problem = answer.json()
    assert problem["status"] == answer.status_code and problem["title"] and problem["type"], what
    return problem


@pytest.fixture
async def unchanged(shop: Shop, admin: Client) -> AsyncIterator[None]:
    """No row of any table appears or goes away meanwhile."""
    await admin.product()
    before = await books.counts(shop)
    yield
    assert await books.counts(shop) == before


@pytest.mark.parametrize("route", ROUTES)
async def test_each_wrong_field_is_named(route: str, admin: Client, unchanged: None) -> None:
    tried = 0
    for field, body in mistakes(ROUTES[route]):
        raw = json.dumps(body).encode()
        began = time.perf_counter()
        answer = await admin.post(route, None, wait=0, content=raw, headers={"Content-Type": "application/json"})
        problem = check(answer, time.perf_counter() - began, (route, field, raw[:300]))
        named = [one["field"] for one in problem.get("errors", ())]
        assert any(one.startswith(field) for one in named), (route, field, raw[:300], problem)
        tried += 1
    assert tried > 10


@pytest.mark.parametrize("route", ROUTES)
async def test_what_is_no_request_at_all_is_refused(route: str, admin: Client, unchanged: None) -> None:
    for what, raw in RAW.items():
        began = time.perf_counter()
        answer = await admin.post(route, None, wait=0, content=raw, headers={"Content-Type": "application/json"})
        check(answer, time.perf_counter() - began, (route, what))
    for kind in ("text/plain", "application/xml", "multipart/form-data"):
        answer = await admin.post(route, None, wait=0, content=b"{}", headers={"Content-Type": kind})
        assert answer.status_code == 415, (route, kind, answer.text)


@pytest.mark.parametrize("name", ["confirmation", "release"])
async def test_a_body_that_is_not_needed_must_still_be_one(name: str, admin: Client, unchanged: None) -> None:
    for raw in (b"{", b"[]", b'{"nonsense": 1}', b"\xff", b"a" * 10_000_000):
        began = time.perf_counter()
        path = f"/v1/reservations/ORDER-1/{name}"
        answer = await admin.post(path, None, wait=0, content=raw, headers={"Content-Type": "application/json"})
        check(answer, time.perf_counter() - began, (name, raw[:30]))


@pytest.mark.parametrize("name", ["a%00b", "%FF", "..%2f..", "a%20b", "x" * 65, "%E2%80%AEabc", "'; DROP TABLE stock; --"])
async def test_what_cannot_be_an_id_names_nothing(name: str, admin: Client, unchanged: None) -> None:
    paths = ("products/{}/replenishments", "wallets/{}/deposits", "payments/{}/refunds", "orders/{}/cancellations")
    bodies: tuple[Any, ...] = (ROUTES["/v1/products/sku-1/replenishments"], yen(1), yen(1), {})
    for path, body in zip(paths, bodies, strict=True):
        began = time.perf_counter()
        answer = await admin.post("/v1/" + path.format(name), body, wait=0)
        check(answer, time.perf_counter() - began, (path, name))
    for path in ("orders/{}", "payments/{}", "shipments/{}", "products/{}", "operations/{}", "wallets/{}/entries"):
        answer = await admin.get("/v1/" + path.format(name))
        assert answer.status_code == 404, (path, name, answer.text)


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "limit=1&limit=2", "cursor=%00", "nonsense=1"])
async def test_wrong_parameters_of_lists_are_named(query: str, admin: Client) -> None:
    for path in ("/v1/products", "/v1/orders", "/v1/wallets/CUST-1/entries"):
        problem = check(await admin.get(f"{path}?{query}"), 0, (path, query))
        assert problem["errors"], (path, query, problem)


async def test_a_cursor_that_we_never_gave_is_refused(admin: Client, customer: Client) -> None:
    await customer.deposit(1)
    for path in ("/v1/products", "/v1/orders", f"/v1/wallets/{customer.subject}/entries"):
        for cursor in ("abc", "AAAA", "e30=", "-1", "_" * 200):
            answer = await admin.get(path, params={"cursor": cursor})
            assert answer.status_code in (200, 400, 422), (path, cursor, answer.status_code, answer.text)


async def test_a_key_must_be_readable(admin: Client, unchanged: None) -> None:
    for key in ("x" * 256, "a b", "a\tb"):
        answer = await admin.post("/v1/wallets/CUST-1/deposits", yen(1), key=key, wait=0)
        problem = check(answer, 0, key)
        assert problem["errors"][0]["field"] == "Idempotency-Key"
