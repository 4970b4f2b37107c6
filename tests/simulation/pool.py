"""The client's side of the simulated database: as much of asyncpg's pool and connection as the kernel touches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from infra.writing import PLACE
from tests.simulation.clock import PROCESS, Killed
from tests.simulation.postgres import Found, Server, Session


class Gathered(str):
    """Several statements that go as one; `parts` are their texts and how many values each takes."""

    parts: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, parts: Sequence[str]) -> Gathered:
        """Stands in for what infra.writing makes of them."""
        found = cls("\n".join(parts))
        found.parts = tuple((part, max(map(int, PLACE.findall(part)), default=0)) for part in parts)
        return found


class Connection:
    def __init__(self, server: Server, session: Session) -> None:
        self.server, self.session = server, session
        self._in_transaction = False

    @property
    def is_gone(self) -> bool:
        return self.session.closed

    def is_in_transaction(self) -> bool:
        process, loop = PROCESS.get(), self.server.loop
        return self._in_transaction and not (self.session.closed or loop.is_closed() or (process and process.dead))

    def terminate(self) -> None:
        self.server.close(self.session)

    async def execute(self, query: str, *args: Any) -> str:
        await self.fetch(query, *args)
        return ""

    async def fetch(self, query: str, *args: Any) -> Found:
        process = PROCESS.get()
        if process is not None and process.dead:
            raise Killed
        if self.session.closed:
            raise asyncpg.InterfaceError("connection is closed")
        loop = self.server.loop
        answer: asyncio.Future[Found] = loop.create_future()
        if query.startswith("BEGIN"):
            self._in_transaction = True
        loop.later(self.server.pause(), self.server.receive, self.session, query, args, answer)
        found = await answer
        if query.endswith(("COMMIT", "ROLLBACK")):
            self._in_transaction = False
        return found

    async def fetchrow(self, query: str, *args: Any) -> tuple[Any, ...] | None:
        found = await self.fetch(query, *args)
        return found[0] if found else None

    async def fetchval(self, query: str, *args: Any) -> Any:
        record = await self.fetchrow(query, *args)
        return record[0] if record else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        await self.execute("BEGIN")
        try:
            yield
        except BaseException:
            if self.is_in_transaction():
                await self.execute("ROLLBACK")
            raise
        await self.execute("COMMIT")


class Pool:
    """So many connections, each opened when it is needed; the one that was used last is used first."""

    def __init__(self, server: Server, size: int = 1) -> None:
        self.server = server
        self._free: list[Connection | None] = [None] * size
        self._taken: set[Connection] = set()
        self._queue: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        while not self._free:
            turn: asyncio.Future[None] = self.server.loop.create_future()
            self._queue.append(turn)
            await turn
        connection = self._free.pop()
        try:
            if connection is None or connection.is_gone:
                process = PROCESS.get()
                if process is not None and process.dead:
                    raise Killed
                await asyncio.sleep(self.server.pause())
                connection = Connection(self.server, self.server.connect(process))
            self._taken.add(connection)
            yield connection
        finally:
            if connection is not None:
                self._taken.discard(connection)
            self._free.append(connection)
            while self._queue:
                turn = self._queue.popleft()
                if not turn.done():
                    turn.set_result(None)
                    break

    async def execute(self, query: str, *args: Any) -> str:
        async with self.acquire() as connection:
            return await connection.execute(query, *args)

    async def fetch(self, query: str, *args: Any) -> Found:
        async with self.acquire() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> tuple[Any, ...] | None:
        async with self.acquire() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        async with self.acquire() as connection:
            return await connection.fetchval(query, *args)

    def terminate(self) -> None:
        for one in (*self._free, *self._taken):
            if one is not None:
                one.terminate()
