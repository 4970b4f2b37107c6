"""The local provider's webhooks: signed, each sent twice, and out of order on purpose, as real ones are at times."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from types import TracebackType
from typing import Literal, Self

import httpx

from contracts import webhook

WAITING = 2_000
"""Letters under way at once; what comes beyond is dropped, for whoever misses it can ask."""
AGAIN = (1.0, 5.0, 25.0)
"""Seconds before each new attempt when the receiver does not take a letter."""
DELAYS = ((0.3, 0.6), (0.05, 0.4))
"""Of the two copies, by turns: every second event overtakes the one before it."""


class Webhooks:
    def __init__(self, url: str, secret: bytes) -> None:
        self.url, self.secret = url, secret
        self._count = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(timeout=5, trust_env=False)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._client.aclose()

    async def tell(
        self,
        action: Literal["capture", "refund"],
        request_id: str,
        payment_id: str,
        approved: bool,
        reference: str,
        first: bool = False,
    ) -> None:
        """With `first` it returns when the receiver has both copies, or would not take them."""
        if not self.url or len(self._under_way) >= WAITING:
            return
        self._count += 1
        body = json.dumps(
            {
                "event_id": f"evt_{reference}",
                "payment_id": payment_id,
                "request_id": request_id,
                "kind": f"{action}.{'approved' if approved else 'declined'}",
                "at": datetime.now(UTC).isoformat(),
                "reference": reference,
            }
        ).encode()
        if first:
            await self._post(body)
            await self._post(body)
            return
        for delay in DELAYS[self._count % 2]:
            task = asyncio.create_task(self._deliver(body, delay))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _deliver(self, body: bytes, delay: float) -> None:
        for pause in (delay, *AGAIN):
            await asyncio.sleep(pause)
            if await self._post(body):
                return

    async def _post(self, body: bytes) -> bool:
        """Whether the receiver took it."""
        headers = {webhook.HEADER: webhook.sign(self.secret, body, int(time.time())), "Content-Type": "application/json"}
        try:
            return (await self._client.post(self.url, content=body, headers=headers)).is_success
        except httpx.HTTPError:
            return False
