"""An event loop whose time passes only when nobody has anything to do, and whose tasks belong to processes.

Tasks are resumed in asyncio's own order, first come first served, as on every real loop. What differs between two seeds
is how long each answer of broker and database takes, and with it who comes first.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVarTuple, Unpack

Ts = TypeVarTuple("Ts")

BEGAN = datetime(2030, 1, 1, 12, tzinfo=UTC)


@dataclass(eq=False, slots=True)
class Process:
    """Tasks that live and die together. A paused process does nothing, a dead one never again."""

    name: str
    paused: bool = False
    dead: bool = False
    held: list[asyncio.Handle] = field(default_factory=list)
    """What it would have done meanwhile."""


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)


class Killed(BaseException):
    """The process ends at this very place. No `except Exception` stops it, as nothing stops SIGKILL."""


class Standstill(Exception):
    """Nothing is left to wait for: the simulation itself is broken."""


class Spinning(Exception):
    """Somebody is always busy and gets nowhere, so that time never passes. On a real machine it burns a processor."""


MOST_AT_ONCE = 10_000
"""Turns of the loop at one moment. Honest work takes a few dozen."""


class VirtualLoop(asyncio.BaseEventLoop):
    """No sockets, no threads, no real time. Everything it runs is decided by the seed."""

    _ready: deque[asyncio.Handle]

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.outside = Context()
        """In which broker and database live: it belongs to no process."""
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._count = self._turns = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:  # fmt: skip
        """What is due at the same time happens in the order in which it was asked for."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def call_later(self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:  # fmt: skip
        return self.call_at(self.now + delay, callback, *args, context=context)

    def later(self, seconds: float, work: Callable[..., object], *given: Any) -> None:
        """Happens whatever becomes of the process that began it."""
        self.call_at(self.now + seconds, work, *given, context=self.outside)

    def outside_at(self, when: float, work: Callable[..., object], *given: Any) -> None:
        self.call_at(when, work, *given, context=self.outside)

    def after(self, last: float, seconds: float) -> float:
        """When something arrives that was sent now over a road on which `last` something arrived: never at once, or before."""
        return max(last + 1e-6, self.now + seconds)

    def resume(self, process: Process) -> None:
        process.paused = False
        if not process.dead:
            self._ready.extend(process.held)
            process.held.clear()

    def _run_once(self) -> None:
        ready, timers = self._ready, self._timers
        while not ready:
            if not timers:
                raise Standstill
            when, _, first = heapq.heappop(timers)
            if not first._cancelled:
                if when > self.now:
                    self.now, self._turns = when, 0
                ready.append(first)
        self._turns += 1
        if self._turns > MOST_AT_ONCE:
            raise Spinning(f"at {self.now:.3f} s")
        for _ in range(len(ready)):
            handle = ready.popleft()
            if handle._cancelled:
                continue
            process = handle._context.get(PROCESS)  # type: ignore[attr-defined]
            if process is None or not (process.paused or process.dead):
                handle._run()
            else:
                process.held.append(handle)

    def _write_to_self(self) -> None: ...

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None: ...


def at_once(work: Coroutine[Any, Any, None]) -> None:
    """What the kernel does with a frame never waits."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("the kernel waits while it hears the broker")


class Clock:
    """What the kernel's modules find where they look for `time`: the loop's."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.loop = loop

    def monotonic(self) -> float:
        return self.loop.now

    perf_counter = monotonic

    def now(self, zone: Any = UTC) -> datetime:
        return BEGAN + timedelta(seconds=self.loop.now)
