"""Tells every other edge process which operations have changed: they wake their waiters, who would else look now and then.

One process hears from the domains and commits; a waiter may hang on any. A notice is transient and holds ids alone: whoever
gets one reads the rows. What is lost is made up for by the waiters' own patience.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import islice
from uuid import UUID

import orjson

from edge.rules import Operation
from edge.waiting import Waiters
from infra import ids
from infra.database import TRANSIENT

MOST_TOGETHER = 1_000
MOST_UNSENT = 50_000

log = logging.getLogger(__name__)


class Notices:
    """`read` finds operations by their ids, `send` tells all edge processes. Everything waits at most for one round."""

    def __init__(
        self,
        waiters: Waiters,
        read: Callable[[Sequence[UUID]], Awaitable[Sequence[Operation]]],
        send: Callable[[bytes], Awaitable[None]],
    ) -> None:
        self.waiters, self._read, self._send = waiters, read, send
        self._sender = str(ids.root())
        self._changed: set[UUID] = set()
        self._wanted: set[UUID] = set()
        self._wake_send, self._wake_look = asyncio.Event(), asyncio.Event()

    def committed(self, operations: Sequence[Operation]) -> None:
        """By this process: its own waiters know at once."""
        self.waiters.tell(operations)
        if len(self._changed) < MOST_UNSENT:
            self._changed.update(one.operation_id for one in operations)
        self._wake_send.set()

    def heard(self, body: bytes) -> None:
        """A notice, perhaps one's own. Raises ValueError, TypeError or KeyError for what is none."""
        notice = orjson.loads(body)
        if notice["sender"] != self._sender:
            self._look(UUID(one) for one in notice["operations"])

    def interrupted(self) -> None:
        """Notices may have been missed: look for everything that somebody waits for."""
        self._look(self.waiters.waited_for)

    def _look(self, operations: Iterable[UUID]) -> None:
        self._wanted.update(self.waiters.waited_for & set(operations))
        if self._wanted:
            self._wake_look.set()

    async def run_sending(self) -> None:
        """What is committed while one bundle goes out forms the next."""
        while True:
            await self._wake_send.wait()
            self._wake_send.clear()
            while bundle := _take(self._changed):
                body = orjson.dumps({"sender": self._sender, "operations": [str(one) for one in bundle]})
                try:
                    await self._send(body)
                except Exception as error:
                    log.debug("notices: %d were not sent: %s", len(bundle), type(error).__name__)

    async def run_looking(self) -> None:
        while True:
            await self._wake_look.wait()
            self._wake_look.clear()
            while bundle := _take(self._wanted):
                try:
                    self.waiters.tell(await self._read(bundle))
                except TRANSIENT as error:
                    log.warning("notices: %d were not looked up: %s", len(bundle), type(error).__name__)


def _take(some: set[UUID]) -> list[UUID]:
    bundle = list(islice(some, MOST_TOGETHER))
    some.difference_update(bundle)
    return bundle
