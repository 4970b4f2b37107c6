"""When a lane begins its next batch: at once when it was idle, and with a little patience under load."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable

from infra.due import Due
from infra.intake import Intake

TICK = 0.5
LINGER, MOST_LINGER, QUICK = 0.003, 0.02, 0.005
"""Seconds. Under load, waiting a little after a transaction makes batches of what would be single messages. A transaction
that takes longer than a quick one says that the machine is busy, and the pause grows by twice the difference."""
ENOUGH = 32
"""So many messages are a good batch, and nobody waits for more."""


class Pace:
    """`hurried` says whether the lane has better to do than to wait for company."""

    def __init__(self, intake: Intake, due: Due, hurried: Callable[[], bool]) -> None:
        self.intake, self.due, self.hurried = intake, due, hurried
        self._wake = asyncio.Event()
        self._ended = self._linger = 0.0
        self._by = math.inf
        self._oldest: float | None = None

    def arrived(self, patience: float) -> None:
        """A message that lets the lane wait for `patience` seconds, so that others may come along."""
        by = time.monotonic() + patience
        if by < self._by or self._oldest is None or len(self.intake) >= ENOUGH:
            self._by = min(by, self._by)
            self.wake()

    def wake(self) -> None:
        self._wake.set()

    def taken(self) -> None:
        """A batch has been taken out of the intake; what is left is in it for the second time already."""
        self._by = 0.0 if len(self.intake) else math.inf

    def took(self, seconds: float) -> None:
        """So long was the last transaction."""
        self._linger = min(LINGER + 2 * max(0.0, seconds - QUICK), MOST_LINGER)

    def ended(self) -> None:
        """The last batch is acknowledged."""
        self._ended = time.monotonic()

    def oldest_seconds(self) -> float:
        """How long the message at the head has been waiting here."""
        return time.monotonic() - self._oldest if self._oldest is not None and len(self.intake) else 0.0

    async def wait(self) -> None:
        """Until something is there, and a little longer while more of it may come; at most for a tick when nothing is."""
        if not self.due and not self.intake.peek():
            self._oldest = None
            if not await self._woken(TICK):
                return
            self._oldest = time.monotonic()
        while not self.hurried() and len(self.intake) < ENOUGH:
            until = self._ended + self._linger
            if not self.due:
                until = max(until, self._by)
            if (left := until - time.monotonic()) <= 0:
                return
            await self._woken(left)

    async def _woken(self, seconds: float) -> bool:
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return False
        return True
