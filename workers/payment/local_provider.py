"""A card provider for development and tests, in a process of its own: what it does is decided by the token.

| token | what happens |
| --- | --- |
| tok_approve | approved |
| tok_decline, and any other | declined |
| tok_lost | approved, but neither answer nor webhook ever arrives; a later inquiry shows it |
| tok_absent | the request never arrives; a later inquiry finds nothing |
| tok_slow | approved after a second and a half |
| tok_webhook_first | approved, and the webhook comes before the answer |
| tok_no_refund | approved, but refunds are declined |

The same idempotency key has the same answer. It remembers the latest 10,000 requests in memory and nothing survives its
end: afterwards an inquiry finds nothing, which the shop must bear as well.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import uvicorn
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from contracts.message import Id
from contracts.money import Price
from infra.keys import Keys
from infra.settings import settings
from workers.payment.local_webhooks import Webhooks
from workers.payment.settings import provider_settings

REMEMBERED = 10_000
PATIENCE = 30.0
"""Seconds for which an answer that shall be lost keeps the line open, if the caller does not hang up before."""
BODY = 4_096
"""Bytes; a longer request is refused."""
APPROVED = {"tok_approve", "tok_lost", "tok_slow", "tok_webhook_first", "tok_no_refund"}


class Wish(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    payment_id: Id
    amount: int
    currency: str
    token: str = ""


@dataclass(slots=True)
class Done:
    """A request that was decided. `left` is what can still be refunded of a charge."""

    wish: Wish
    approved: bool
    reference: str
    left: int = 0

    def answer(self) -> JSONResponse:
        return JSONResponse({"status": "approved" if self.approved else "declined", "reference": self.reference})


class LocalProvider:
    def __init__(self, webhooks: Webhooks) -> None:
        self.webhooks = webhooks
        self.requests: OrderedDict[str, Done] = OrderedDict()
        self.charges: OrderedDict[str, Done] = OrderedDict()

    async def charge(self, request: Request) -> Response:
        wish, name = await _wish(request)
        token = wish.token or "tok_approve"
        if token == "tok_absent":
            return await _lose(request)
        if known := self.requests.get(name):
            return known.answer() if known.wish == wish else Response(status_code=422)
        done = self._remember(name, Done(wish, token in APPROVED, _reference(name), wish.amount))
        if done.approved:
            self._keep(self.charges, wish.payment_id, done)
        if token == "tok_lost":
            return await _lose(request)
        if token == "tok_slow":
            await asyncio.sleep(1.5)
        await self.webhooks.tell("capture", name, wish.payment_id, done.approved, done.reference, token == "tok_webhook_first")
        return done.answer()

    async def refund(self, request: Request) -> Response:
        wish, name = await _wish(request)
        if known := self.requests.get(name):
            return known.answer() if known.wish == wish else Response(status_code=422)
        charge = self.charges.get(wish.payment_id)
        fits = charge is not None and charge.wish.currency == wish.currency and wish.amount <= charge.left
        approved = charge is not None and fits and charge.wish.token != "tok_no_refund"
        if charge is not None and approved:
            charge.left -= wish.amount
        done = self._remember(name, Done(wish, approved, _reference(name)))
        await self.webhooks.tell("refund", name, wish.payment_id, approved, done.reference)
        return done.answer()

    async def inquire(self, request: Request) -> Response:
        known = self.requests.get(request.path_params["name"])
        return known.answer() if known else Response(status_code=404)

    async def health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def _remember(self, name: str, done: Done) -> Done:
        self._keep(self.requests, name, done)
        return done

    @staticmethod
    def _keep(kept: OrderedDict[str, Done], name: str, done: Done) -> None:
        kept[name] = done
        if len(kept) > REMEMBERED:
            kept.popitem(last=False)


def app_factory(webhook_url: str = "", secret: bytes = b"") -> Starlette:
    """The provider as an ASGI app. Without a webhook address it sends none."""
    webhooks = Webhooks(webhook_url, secret)
    provider = LocalProvider(webhooks)

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[None]:
        async with webhooks:
            yield

    routes = [
        Route("/charges", provider.charge, methods=["POST"]),
        Route("/refunds", provider.refund, methods=["POST"]),
        Route("/requests/{name}", provider.inquire, methods=["GET"]),
        Route("/healthz", provider.health, methods=["GET"]),
    ]
    return Starlette(routes=routes, lifespan=running, exception_handlers={ValueError: _unreadable})


async def _wish(request: Request) -> tuple[Wish, str]:
    """Raises ValueError for what cannot be a request."""
    name = request.headers.get("Idempotency-Key", "")
    if not name or len(name) > 64:
        raise ValueError("Idempotency-Key is missing or too long")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY:
            raise ValueError("too long")
    wish = Wish.model_validate_json(body)
    Price(amount=wish.amount, currency=wish.currency)
    return wish, name


async def _unreadable(request: Request, error: Exception) -> Response:
    """pydantic's ValidationError is a ValueError; its text would repeat what was sent."""
    detail = "invalid request" if isinstance(error, ValidationError) else str(error)
    return JSONResponse({"detail": detail}, status_code=400)


async def _lose(request: Request) -> Response:
    """Say nothing until the caller hangs up."""

    async def hung_up() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    with suppress(TimeoutError):
        await asyncio.wait_for(hung_up(), PATIENCE)
    return Response(status_code=504)


def _reference(name: str) -> str:
    return f"lp_{hashlib.sha256(name.encode()).hexdigest()[:20]}"


def main() -> None:
    """Serves until SIGINT or SIGTERM, on loopback alone: it would approve anybody's charge."""
    known = provider_settings()
    secret = Keys(settings().folder).webhook_secret().encode() if known.webhook_url else b""
    uvicorn.run(
        app_factory(known.webhook_url, secret),
        host="127.0.0.1",
        port=known.port,
        log_level=os.environ.get("HIKYAKU_LOG_LEVEL", "warning").lower(),
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
