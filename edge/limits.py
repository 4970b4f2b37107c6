"""How often one caller may ask: token buckets, bounded in number."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Callable
from functools import lru_cache

MOST_CALLERS = 20_000


class Limiter:
    """`rate` requests a second in the long run, `burst` at once. A rate of 0 means no limit."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate, self.burst, self.clock = rate, burst, clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, caller: str, cost: float = 1.0) -> int:
        """0 when the caller may go on; else the seconds after which he may come again, and nothing is taken."""
        if self.rate <= 0:
            return 0
        now = self.clock()
        tokens, since = self._buckets.get(caller, (self.burst, now))
        tokens = min(self.burst, tokens + (now - since) * self.rate)
        if tokens < cost:
            return max(1, math.ceil((cost - tokens) / self.rate))
        if len(self._buckets) >= MOST_CALLERS and caller not in self._buckets:
            self._forget(now)
        self._buckets[caller] = (tokens - cost, now)
        return 0

    def _forget(self, now: float) -> None:
        """Full buckets say nothing; if all are in use, the longest unused tenth goes."""
        full_after = self.burst / self.rate
        self._buckets = {one: bucket for one, bucket in self._buckets.items() if now - bucket[1] < full_after}
        if len(self._buckets) >= MOST_CALLERS:
            oldest = sorted(self._buckets, key=lambda one: self._buckets[one][1])
            for one in oldest[: MOST_CALLERS // 10]:
                del self._buckets[one]


@lru_cache(maxsize=4096)
def network(address: str) -> str:
    """Whom an address stands for: itself, or its /64 in IPv6, where one household has 2**64 of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
