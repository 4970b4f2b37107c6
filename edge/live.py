"""What the demo page shows: orders per second and what waits in each lane, from the events that pass by."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from edge import streams

EVERY = 1.0
KEPT = 120
COUNTED = {
    "order.order-placed.v1": "placed",
    "order.order-confirmed.v1": "confirmed",
    "order.order-failed.v1": "refused",
    "order.order-cancelled.v1": "cancelled",
}


class Live:
    """Counts since the start of this process; one second per point, two minutes of them."""

    def __init__(self, depths: Callable[[], Mapping[str, int]]) -> None:
        self._depths = depths
        self.totals = dict.fromkeys(COUNTED.values(), 0)
        self.reasons: dict[str, int] = {}
        self.gaps = 0
        self.points: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._before = dict(self.totals)
        self._changed = asyncio.Condition()

    def heard(self, topic: str, data: Mapping[str, Any]) -> None:
        if (name := COUNTED.get(topic)) is None:
            return
        self.totals[name] += 1
        if name == "refused":
            reason = str(data.get("reason", ""))[:64]
            if reason in self.reasons or len(self.reasons) < 50:
                self.reasons[reason] = self.reasons.get(reason, 0) + 1

    def interrupted(self) -> None:
        """Events may have passed unheard: the totals may be too low from now on."""
        self.gaps += 1

    def point(self) -> dict[str, Any]:
        """Close the present second."""
        rates = {name: self.totals[name] - self._before[name] for name in self.totals}
        self._before = dict(self.totals)
        point = {"at": int(time.time()), "rates": rates, "queues": dict(self._depths())}
        self.points.append(point)
        return point

    async def run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            async with self._changed:
                self.point()
                self._changed.notify_all()

    async def follow(self, seconds: float) -> AsyncIterator[bytes]:
        """The two minutes before, then each second as it ends."""
        end = time.monotonic() + seconds
        yield streams.event("history", {"points": list(self.points), **self._sums()})
        while time.monotonic() < end:
            async with self._changed:
                await self._changed.wait()
                point = self.points[-1]
            yield streams.event("point", {**point, **self._sums()})

    def _sums(self) -> dict[str, Any]:
        return {"totals": self.totals, "reasons": self.reasons, "gaps": self.gaps}
