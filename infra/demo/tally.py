"""What has happened so far, counted as it happens."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence

from infra.demo.client import Outcome
from infra.demo.plan import Order

RECENT = 5.0
"""Seconds over which the present rate is taken."""


class Tally:
    """Counts of orders; `latencies` in seconds, from the first request to the answer that it is decided."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.clock = total, clock
        self.placed = 0
        self.confirmed = 0
        self.refused: Counter[str] = Counter()
        self.latencies: list[float] = []
        self.queues: Mapping[str, int] = {}
        self.outcomes: dict[str, tuple[Order, Outcome]] = {}
        self.mistakes: list[str] = []
        self._recent: deque[float] = deque()
        self._began: float | None = None
        self._last = 0.0

    @property
    def decided(self) -> int:
        return self.confirmed + self.refused.total()

    @property
    def seconds(self) -> float:
        """From the first order placed to the last one decided."""
        return max(self._last - self._began, 1e-9) if self._began is not None and self._last else 0.0

    @property
    def rate(self) -> float:
        """Orders decided per second, from the first one placed to the last one decided."""
        return self.decided / self.seconds if self.seconds else 0.0

    @property
    def rate_now(self) -> float:
        while self._recent and self._recent[0] < self.clock() - RECENT:
            self._recent.popleft()
        began = self._began if self._began is not None else self.clock()
        return len(self._recent) / max(min(RECENT, self.clock() - began), 0.5)

    def place(self) -> float:
        """The moment from which its latency counts."""
        self.placed += 1
        now = self.clock()
        self._began = now if self._began is None else self._began
        return now

    def tell(self, order: Order, outcome: Outcome, since: float) -> None:
        """What became of it; one that is still pending was waited for in vain."""
        self.outcomes[order.key] = (order, outcome)
        if outcome.status == "pending":
            return
        if outcome.status == "succeeded":
            self.confirmed += 1
        else:
            self.refused[outcome.reason] += 1
        self._last = self.clock()
        self.latencies.append(self._last - since)
        self._recent.append(self._last)


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed; 0 of nothing."""
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1] if ordered else 0.0
