"""Who may do what, and what a token must say (S3-72, S2-101, X-2)."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts import webhook
from edge.maintenance import Maintenance
from edge.problems import Problem
from edge.tokens import Keys, Tokens
from tests.edge.world import ADMIN, ORDER, SECRET, SIGNING, World, bearer, token

pytestmark = pytest.mark.req("S3-72")

NOW = int(time.time())
VERIFIER = Tokens(Keys("EdDSA", {"k1": SIGNING.public_key()}), "hikyaku", "hikyaku")


@pytest.mark.parametrize(
    "bad",
    [
        "", "Basic abc", "Bearer", "Bearer x.y.z", f"Bearer {token()}x", f"Bearer {'a' * 9000}",
        f"Bearer {token(exp=NOW - 120)}", f"Bearer {token(exp=None)}", f"Bearer {token(nbf=NOW + 86_400)}",
        f"Bearer {token(iat=NOW + 86_400)}", f"Bearer {token(iat=None)}", f"Bearer {token(iss='other')}",
        f"Bearer {token(aud='other')}", f"Bearer {token(aud=None)}", f"Bearer {token(sub=None)}",
        f"Bearer {token(sub='a b')}", f"Bearer {token(roles=[])}", f"Bearer {token(roles='admin')}",
        f"Bearer {token(roles=['root'])}", f"Bearer {token(headers={'kid': 'k2'})}",
        f"Bearer {token(headers={'typ': 'actor+jwt'})}", f"Bearer {token(key=Ed25519PrivateKey.generate())}",
        f"Bearer {token(headers={'crit': ['b64']})}",
    ],
)  # fmt: skip
def test_a_bad_token_is_refused(bad: str) -> None:
    with pytest.raises(Problem) as refused:
        VERIFIER.bearer(bad)
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Bearer")


def test_no_signature_and_another_algorithm_are_refused() -> None:
    claims = {"iss": "hikyaku", "aud": "hikyaku", "sub": "x", "roles": ["admin"], "iat": NOW, "exp": NOW + 86_400}
    public = Keys.of_jwks({"keys": [_jwk()]}).by_id["k1"]
    raw = public.public_bytes_raw()
    tries: list[tuple[str, Any]] = [("none", None), ("HS256", raw)]
    for algorithm, key in tries:
        forged = jwt.encode(claims, key, algorithm=algorithm, headers={"kid": "k1", "typ": "at+jwt"})
        with pytest.raises(Problem):
            VERIFIER.bearer(f"Bearer {forged}")


def _jwk() -> dict[str, Any]:
    found = jwt.get_algorithm_by_name("EdDSA").to_jwk(SIGNING.public_key(), as_dict=True)
    return {**found, "kid": "k1"}


@pytest.mark.req("X-2")
def test_hs256_is_a_mode_of_its_own() -> None:
    secret = b"0123456789abcdef0123456789abcdef"
    shared = Tokens(Keys.of_secret(secret), "hikyaku", "hikyaku")
    claims = {"iss": "hikyaku", "aud": "hikyaku", "sub": "x", "roles": ["admin"], "iat": NOW, "exp": NOW + 86_400}
    good = jwt.encode(claims, secret, algorithm="HS256", headers={"typ": "at+jwt"})
    assert shared.bearer(f"Bearer {good}").admin
    with pytest.raises(Problem):
        shared.bearer(f"Bearer {token()}")


def test_a_remembered_token_still_expires() -> None:
    now = [time.time()]
    tokens = Tokens(VERIFIER.keys, "hikyaku", "hikyaku", clock=lambda: now[0])
    once = f"Bearer {token(exp=int(now[0]) - 30)}"
    assert tokens.bearer(once).subject == "CUST-001"
    now[0] += 31
    assert tokens._known[once.split()[1]].expires < now[0]


ADMINS_ONLY: list[tuple[str, str, Any]] = [
    ("POST", "/v1/products", {}),
    ("POST", "/v1/product-imports", None),
    ("POST", "/v1/products/TEA-1/replenishments", {}),
    ("POST", "/v1/reservations", {}),
    ("POST", "/v1/reservations/o1/confirmation", {}),
    ("POST", "/v1/reservations/o1/release", {}),
    ("POST", "/api/inventory/reserve", {}),
    ("POST", "/v1/payments/p1/refunds", {}),
    ("POST", "/v1/shipments/s1/events", {}),
    ("GET", "/v1/modes", None),
    ("PUT", "/v1/modes/payment", {}),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMINS_ONLY)
async def test_a_customer_may_not_do_what_is_an_admins(world: World, method: str, path: str, body: Any) -> None:
    answer = await world.client.request(method, path, json=body, headers=bearer())
    nobody = await world.client.request(method, path, json=body)
    assert (answer.status_code, nobody.status_code) == (403, 401)


SOMEBODY_ELSES = b'{"customer_id": "CUST-002", "prefecture": "JP-13", "items": []}'


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        ("/v1/orders/o1", "order.get-order.v1"),
        ("/v1/payments/p1", "payment.get-payment.v1"),
        ("/v1/shipments/s1", "shipping.get-shipment.v1"),
        ("/v1/reservations/o1", "inventory.get-reservation.v1"),
    ],
)
async def test_somebody_elses_looks_like_nothing(world: World, path: str, topic: str) -> None:
    world.answers.by_topic[topic] = SOMEBODY_ELSES
    others = await world.get(path)
    world.answers.by_topic[topic] = None
    missing = await world.get(path)
    assert others.status_code == missing.status_code == 404
    assert others.json() == missing.json()
    world.answers.by_topic[topic] = SOMEBODY_ELSES
    assert (await world.get(path, ADMIN)).status_code == 200


@pytest.mark.parametrize("path", ["/v1/wallets/CUST-002", "/v1/wallets/CUST-002/entries", "/v1/orders?customer_id=CUST-002"])
async def test_nobody_reads_for_another(world: World, path: str) -> None:
    assert (await world.get(path)).status_code == 404
    assert not world.answers.asked


async def test_nobody_acts_for_another(world: World) -> None:
    world.answers.by_topic["order.get-order.v1"] = SOMEBODY_ELSES
    order = await world.post("/v1/orders", {**ORDER, "customer_id": "CUST-002"}, key="k1")
    deposit = await world.post("/v1/wallets/CUST-002/deposits", {"amount": 1, "currency": "JPY"}, key="k1")
    cancellation = await world.post("/v1/orders/o1/cancellations", {})
    assert [order.status_code, deposit.status_code, cancellation.status_code] == [403, 404, 404]
    assert not world.intake.envelopes


async def test_an_operation_is_its_callers_alone(world: World) -> None:
    accepted = await world.post("/v1/orders", ORDER, key="k1")
    path = accepted.headers["location"]
    assert (await world.get(path)).json()["status"] == "pending"
    assert (await world.get(path, bearer("CUST-002"))).status_code == 404
    assert (await world.get(path, ADMIN)).status_code == 200
    assert (await world.get("/v1/operations/nonsense")).status_code == 404


async def test_a_webhook_is_trusted_for_its_signature(world: World) -> None:
    body = (
        b'{"event_id": "e1", "payment_id": "p1", "request_id": "r1", "kind": "capture.approved",'
        b' "at": "2026-01-01T00:00:00Z", "more": 1}'
    )
    headers = {"Content-Type": "application/json", webhook.HEADER: webhook.sign(SECRET, body, int(time.time()))}
    good = await world.client.post("/v1/payment-webhooks/local", content=body, headers=headers)
    forged = await world.client.post("/v1/payment-webhooks/local", content=body + b" ", headers=headers)
    stranger = await world.client.post("/v1/payment-webhooks/other", content=body, headers=headers)
    assert [good.status_code, forged.status_code, stranger.status_code] == [202, 401, 404]
    assert len(world.intake.envelopes) == 1


@pytest.mark.req("S3-71")
async def test_only_listed_origins_may_call_from_a_browser() -> None:
    world = World(origins=["https://shop.example"])
    asked = {"Access-Control-Request-Method": "POST", "Origin": "https://shop.example"}
    allowed = await world.client.options("/v1/orders", headers=asked)
    other = await world.client.options("/v1/orders", headers={**asked, "Origin": "https://evil.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert "access-control-allow-origin" not in other.headers
    assert other.headers["vary"] == "Origin"


async def test_every_answer_carries_the_security_headers_and_its_ids(world: World) -> None:
    traced = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    answer = await world.get("/v1/nothing", traceparent=traced)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["traceparent"].split("-")[1] == traced.split("-")[1]
    assert answer.headers["x-request-id"] == traced.split("-")[1]


async def test_too_many_requests_are_slowed_down() -> None:
    world = World(principal_rate=1, principal_burst=2)
    world.answers.by_topic["inventory.get-stock.v1"] = b"{}"
    statuses = [(await world.get("/v1/products/TEA-1/stock")).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.req("S3-76")
async def test_every_call_is_on_record_without_its_content(world: World) -> None:
    await world.post("/v1/orders", ORDER, key="k1")
    await world.get("/v1/orders/o1", {})
    first, second = world.lines
    assert (first.principal, first.method, first.route, first.status) == ("CUST-001", "POST", "/v1/orders", 202)
    assert first.operation_id in world.intake.operations
    assert (second.principal, second.route, second.status) == ("", "/v1/orders/{order_id}", 401)
    assert "山田" not in repr(world.lines)


@pytest.mark.req("S3-95")
async def test_the_maintenance_page_answers_people_and_programs() -> None:
    world = World(maintenance=Maintenance(always=True))
    person = await world.client.get("/demo", headers={"Accept": "text/html", "Accept-Language": "ja"})
    program = await world.post("/v1/orders", ORDER, key="k1")
    assert person.status_code == program.status_code == 503
    assert "緊急メンテナンス" in person.text
    assert program.json()["type"] == "/problems/maintenance"
    assert (await world.client.get("/healthz")).status_code == 200
