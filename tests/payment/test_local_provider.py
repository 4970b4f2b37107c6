"""The card provider's process on loopback, called as a job calls it: every way an answer can come or not (S3-20)."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from contracts.payment import CallProvider, RecordProviderEvent
from contracts.webhook import HEADER, verifies
from infra.keys import Keys
from workers.payment.jobs import answer_of
from workers.payment.provider import HttpProvider

from .words import CUSTOMER, yen

PATIENCE = 1.0
Letter = tuple[bytes, str]


@pytest.fixture(scope="module")
def ports() -> tuple[int, int]:
    """Of the provider and of the edge it reports to."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    Keys(folder).make([])
    return folder


@pytest.fixture(scope="module")
def url(ports: tuple[int, int], home: Path) -> Iterator[str]:
    provider, edge = ports
    environment = {
        **os.environ,
        "HIKYAKU_HOME": str(home),
        "HIKYAKU_PROVIDER_PORT": str(provider),
        "HIKYAKU_PROVIDER_WEBHOOK_URL": f"http://127.0.0.1:{edge}/v1/payment-webhooks/local",
    }
    process = subprocess.Popen([sys.executable, "-m", "workers.payment.local_provider"], env=environment)
    address = f"http://127.0.0.1:{provider}"
    try:
        _wait(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(10)


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, "the provider has ended"
        try:
            if httpx.get(f"{address}/healthz", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError("the provider does not answer")


@pytest.fixture
async def letters(ports: tuple[int, int]) -> AsyncIterator[list[Letter]]:
    """What arrives at the edge. The second letter is not taken at first, so it must be sent again."""
    received: list[Letter] = []
    refused: list[bytes] = []

    async def take(request: Request) -> Response:
        body = await request.body()
        if len(received) == 1 and not refused:
            refused.append(body)
            return Response(status_code=503)
        received.append((body, request.headers[HEADER]))
        return Response(status_code=202)

    app = Starlette(routes=[Route("/v1/payment-webhooks/local", take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=ports[1], log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield received
    server.should_exit = True
    await serving


def call(name: str, action: str = "capture", token: str = "", amount: int = 500, request: str = "") -> CallProvider:
    return CallProvider(
        payment_id=name,
        customer_id=CUSTOMER,
        action=action,  # type: ignore[arg-type]
        request_id=request or name,
        amount=yen(amount),
        card_token=token,
    )


async def outcome(url: str, job: CallProvider) -> str:
    return (await answer_of(job, HttpProvider(url, PATIENCE))).outcome


@pytest.mark.req("S3-20")
@pytest.mark.parametrize(
    ("token", "expected"),
    [("tok_approve", "approved"), ("", "approved"), ("tok_decline", "declined"), ("tok_nobody_knows", "declined")],
)
async def test_a_card_is_approved_or_declined_by_its_token(url: str, token: str, expected: str) -> None:
    name = f"plain{token}"
    assert await outcome(url, call(name, token=token)) == expected
    assert await outcome(url, call(name, "inquire")) == expected


@pytest.mark.req("S3-57")
async def test_the_same_request_is_decided_once(url: str) -> None:
    first = await answer_of(call("same"), HttpProvider(url, PATIENCE))
    again = await answer_of(call("same"), HttpProvider(url, PATIENCE))
    assert first == again and first.reference.startswith("lp_")
    assert await outcome(url, call("same", amount=501)) == "unknown"  # another request under a used key is refused


async def test_a_lost_answer_later_proves_successful(url: str) -> None:
    assert await outcome(url, call("lost", token="tok_lost")) == "unknown"
    assert await outcome(url, call("lost", "inquire")) == "approved"
    assert await outcome(url, call("lost", token="tok_lost")) == "approved"


async def test_a_request_that_never_arrives_is_not_found(url: str) -> None:
    assert await outcome(url, call("absent", token="tok_absent")) == "unknown"
    assert await outcome(url, call("absent", "inquire")) == "absent"


async def test_a_slow_answer_is_unknown_to_the_impatient_only(url: str) -> None:
    assert await outcome(url, call("slow", token="tok_slow")) == "unknown"
    assert await outcome(url, call("slow", "inquire")) == "approved"
    patient = HttpProvider(url, 5)
    assert (await answer_of(call("slower", token="tok_slow"), patient)).outcome == "approved"


@pytest.mark.req("S3-21")
async def test_refunds_never_exceed_the_charge(url: str) -> None:
    await outcome(url, call("money"))
    assert await outcome(url, call("money", "refund", amount=300, request="r1")) == "approved"
    assert await outcome(url, call("money", "refund", amount=300, request="r1")) == "approved"
    assert await outcome(url, call("money", "refund", amount=300, request="r2")) == "declined"
    assert await outcome(url, call("money", "refund", amount=200, request="r3")) == "approved"
    assert await outcome(url, call("nothing", "refund", amount=1, request="r4")) == "declined"
    await outcome(url, call("stubborn", token="tok_no_refund"))
    assert await outcome(url, call("stubborn", "refund", amount=1, request="r5")) == "declined"


async def test_nobody_there_is_unknown(ports: tuple[int, int]) -> None:
    assert await outcome(f"http://127.0.0.1:{ports[1]}", call("nobody")) == "unknown"
    assert await outcome(f"http://127.0.0.1:{ports[1]}", call("nobody", "inquire")) == "unknown"


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"{}"), (200, b"approved"), (200, b'{"status": "perhaps"}'), (500, b""), (302, b""), (404, b"")]
)
async def test_a_strange_answer_is_unknown(status: int, body: bytes) -> None:
    async def strange(request: Request) -> Response:
        return Response(body, status)

    app = Starlette(routes=[Route("/charges", strange, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    assert await outcome(f"http://127.0.0.1:{port}", call("strange")) == "unknown"
    server.should_exit = True
    await serving


@pytest.mark.parametrize("body", [b"", b"[]", b'{"payment_id": "p", "amount": 0, "currency": "JPY"}', b"x" * 5_000])
async def test_the_provider_refuses_what_is_no_request(url: str, body: bytes) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{url}/charges", content=body, headers={"Idempotency-Key": "k"})
        nameless = await client.post(f"{url}/charges", content=body)
    assert answer.status_code == nameless.status_code == 400


async def about(letters: list[Letter], count: int, *payments: str) -> list[Letter]:
    """So many letters about these payments; what other tests have caused may still be sent again in between."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        found = [(body, header) for body, header in letters if json.loads(body)["payment_id"] in payments]
        if len(found) >= count:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{count} letters about {payments} did not come")


async def test_every_webhook_comes_twice_signed_and_out_of_order(url: str, letters: list[Letter], home: Path) -> None:
    secret = Keys(home).webhook_secret().encode()
    overtaken = False
    # Every second event overtakes the one before it by a quarter of a second, which a busy machine may sleep away.
    for turn in range(5):
        names = [f"{name}-{turn}" for name in ("first", "second", "third")]
        await asyncio.gather(*(outcome(url, call(name)) for name in names))
        found = await about(letters, 6, *names)
        assert all(verifies(secret, body, header, int(time.time())) for body, header in found)
        events = [RecordProviderEvent(provider="local", **json.loads(body)) for body, _ in found]
        assert sorted(event.payment_id for event in events) == sorted((*names, *names))
        assert len({event.event_id for event in events}) == 3
        came = dict.fromkeys(event.at for event in events)
        overtaken = overtaken or list(came) != sorted(came)
    assert overtaken


async def test_a_webhook_may_come_before_the_answer(url: str, letters: list[Letter]) -> None:
    assert await outcome(url, call("hurried", token="tok_webhook_first")) == "approved"
    assert any(b"hurried" in body for body, _ in letters)
