"""Those who wait for an operation: long polls and event streams of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from uuid import UUID

from edge.rules import Operation

PATIENCE = 5.0
"""Seconds after which a waiter looks for himself: the notice of another process may have been lost."""

MOST_CHANGES = 64


class Waiters:
    """Wakes whoever waits for an operation that has changed. Bounded by the connections that hold a waiter."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, set[asyncio.Queue[Operation]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    @property
    def waited_for(self) -> Set[UUID]:
        """Every operation that somebody waits for."""
        return self._waiting.keys()

    @contextmanager
    def registered(self, identity: UUID) -> Iterator[asyncio.Queue[Operation]]:
        """Register first, then read the row, then wait: nothing is missed in between."""
        changes: asyncio.Queue[Operation] = asyncio.Queue(MOST_CHANGES)
        self._waiting.setdefault(identity, set()).add(changes)
        try:
            yield changes
        finally:
            waiting = self._waiting[identity]
            waiting.discard(changes)
            if not waiting:
                del self._waiting[identity]

    def tell(self, operations: Sequence[Operation]) -> None:
        """After the commit. A waiter who doesn't keep up misses steps in between; he looks for himself in the end."""
        for operation in operations:
            for changes in self._waiting.get(operation.operation_id, ()):
                with suppress(asyncio.QueueFull):
                    changes.put_nowait(operation)


async def until_closed(
    changes: asyncio.Queue[Operation], look: Callable[[], Awaitable[Operation | None]], seconds: float
) -> Operation | None:
    """The closed operation, or None after that time."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0:
        try:
            async with asyncio.timeout(min(left, PATIENCE)):
                operation: Operation | None = await changes.get()
        except TimeoutError:
            operation = await look()
        if operation is not None and operation.closed:
            return operation
    return None
