"""The port to a card provider, and its adapter over HTTP.

| call | answer |
| --- | --- |
| `POST /charges` {payment_id, amount, currency, token}, header `Idempotency-Key` | {status, reference} |
| `POST /refunds` {payment_id, amount, currency}, header `Idempotency-Key` | {status, reference} |
| `GET /requests/{idempotency key}` | {status, reference}, or 404 when it was never received |

`status` is `approved` or `declined`. Anything else, a timeout, a broken line or a strange answer, is `unknown`.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, Protocol

import httpx
from pydantic import BaseModel, Field, ValidationError

from contracts.payment import CallProvider


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known after asking. Of the provider's answer nothing but its reference is kept."""

    outcome: Literal["approved", "declined", "unknown", "absent"]
    reference: str = ""


UNKNOWN = Verdict("unknown")


class Provider(Protocol):
    """Never raises for what the provider or the line does; the request id makes each call safe to repeat."""

    async def capture(self, call: CallProvider) -> Verdict: ...

    async def refund(self, call: CallProvider) -> Verdict: ...

    async def inquire(self, call: CallProvider) -> Verdict: ...


class Reply(BaseModel):
    status: Literal["approved", "declined"]
    reference: Annotated[str, Field(max_length=64)] = ""


class HttpProvider:
    """`timeout` bounds the whole call in seconds, an answer that drips in byte by byte included."""

    def __init__(self, url: str, timeout: float) -> None:
        self.url, self.timeout = url, timeout

    async def capture(self, call: CallProvider) -> Verdict:
        return await self._send("POST", "/charges", call, {"token": call.card_token})

    async def refund(self, call: CallProvider) -> Verdict:
        return await self._send("POST", "/refunds", call, {})

    async def inquire(self, call: CallProvider) -> Verdict:
        return await self._send("GET", f"/requests/{call.request_id}", call, None)

    async def _send(self, method: str, path: str, call: CallProvider, more: dict[str, str] | None) -> Verdict:
        body = None if more is None else {"payment_id": call.payment_id, **call.amount.model_dump(), **more}
        headers = {"Idempotency-Key": call.request_id}
        try:
            # A client for each call, since a job may run in any event loop; no proxy is taken from the environment.
            async with (
                asyncio.timeout(self.timeout),
                httpx.AsyncClient(base_url=self.url, timeout=self.timeout, verify=_tls(), trust_env=False) as client,
            ):
                response = await client.request(method, path, json=body, headers=headers)
        except (httpx.HTTPError, OSError, TimeoutError):
            return UNKNOWN
        if method == "GET" and response.status_code == 404:
            return Verdict("absent")
        if response.status_code != 200:
            return UNKNOWN
        try:
            reply = Reply.model_validate_json(response.content)
        except ValidationError:
            return UNKNOWN
        return Verdict(reply.status, reply.reference)


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificates takes longer than the call."""
    return ssl.create_default_context()
