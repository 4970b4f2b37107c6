"""Accepting: the operation, its idempotency key and its command in one transaction, many requests at a time (S3-57).

What arrives while a transaction is in flight forms the next one, so a lone request waits for nobody and a thousand
share one commit. Accepted means durable: the broker is not asked.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from edge import intake_sql
from edge.idempotency import Key
from edge.problems import Problem
from edge.rules import Operation
from infra import outbox
from infra.database import TRANSIENT, Connection, Pool
from infra.envelope import Envelope
from infra.failpoint import failpoint
from infra.outbox import Bundle
from infra.writing import Writing

MOST_WAITING = 4096
MOST_TOGETHER = 256
ATTEMPTS = 3
PAUSE = 0.2

log = logging.getLogger(__name__)


class Relaying(Protocol):
    """What the intake needs of the relay: it takes committed bundles and tells which may be forgotten."""

    @property
    def owner(self) -> UUID:
        """Who answers for what is committed now."""
        ...

    def put(self, bundle: Bundle) -> None: ...

    def confirmed(self) -> list[UUID]: ...

    def forgotten(self, bundles: Sequence[UUID]) -> None: ...


class Accepted(NamedTuple):
    operation: Operation
    replayed: bool


@dataclass(slots=True, eq=False)
class Wish:
    """A request that is valid and allowed. Without a key it is always a new one."""

    envelopes: Sequence[Envelope]
    operation: Operation
    key: Key | None
    answer: asyncio.Future[Accepted]


class Intake:
    """The one writer of this process; what it has committed it hands to the relay."""

    def __init__(self, pool: Pool, relay: Relaying, most_waiting: int = MOST_WAITING) -> None:
        self.pool, self.relay, self.most_waiting = pool, relay, most_waiting
        self._waiting: deque[Wish] = deque()
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    async def accept(self, envelopes: Sequence[Envelope], operation: Operation, key: Key | None) -> Accepted:
        """Returns once it is durable. Raises Problem: 422 for a key used otherwise, 503 when too many wait."""
        if len(self._waiting) >= self.most_waiting:
            raise overloaded("too many requests are waiting to be stored")
        wish = Wish(envelopes, operation, key, asyncio.get_running_loop().create_future())
        self._waiting.append(wish)
        self._wake.set()
        return await wish.answer

    async def run(self) -> None:
        while True:
            await self._wake.wait()
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_TOGETHER))]
            if not self._waiting:
                self._wake.clear()
            try:
                await self._store(batch)
            except Exception:
                log.exception("intake: a batch of %d was refused by the database", len(batch))
                await self._store_singly(batch)
            except asyncio.CancelledError:
                _fail([*batch, *self._waiting], overloaded("the service is stopping"))
                raise

    async def drain(self, seconds: float) -> None:
        """Wait until nothing waits any more."""
        async with asyncio.timeout(seconds):
            while self._waiting:
                await asyncio.sleep(0.01)

    async def _store_singly(self, batch: Sequence[Wish]) -> None:
        """One request that the database refuses must not take the others with it."""
        for wish in batch:
            try:
                await self._store([wish])
            except Exception:
                log.exception("intake: %s was refused by the database", wish.operation.command)
                _fail([wish], Problem("internal"))

    async def _store(self, batch: Sequence[Wish]) -> None:
        """Again when the database was away for a moment. A lost commit is looked up, never repeated."""
        written: Written | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self.pool.acquire() as connection:
                    if written is None or not await intake_sql.exists(connection, written.new):
                        written = None
                        async with connection.transaction():
                            written = await self._write(connection, batch)
                            failpoint("edge.before_commit")
                        failpoint("edge.after_commit")
                break
            except TRANSIENT as error:
                log.warning("intake: attempt %d for %d requests: %s", attempt, len(batch), type(error).__name__)
                if attempt == ATTEMPTS:
                    _fail(batch, overloaded("the database does not answer"))
                    return
                await asyncio.sleep(PAUSE * attempt)
        assert written is not None
        if written.new:
            self.relay.put(written.bundle)
            self.relay.forgotten(written.sent)
        for wish, answer in zip(batch, written.answers, strict=True):
            if not wish.answer.done():
                if isinstance(answer, Problem):
                    wish.answer.set_exception(answer)
                else:
                    wish.answer.set_result(answer)

    async def _write(self, connection: Connection, batch: Sequence[Wish]) -> Written:
        known = await intake_sql.remember(connection, [wish.key and (wish.key, wish.operation) for wish in batch])
        answers: list[Accepted | Problem] = []
        new: dict[UUID, Wish] = {}
        for wish in batch:
            first = known.get(wish.key[:3]) if wish.key else None
            if first is None or first.operation.operation_id == wish.operation.operation_id:
                new[wish.operation.operation_id] = wish
                answers.append(Accepted(wish.operation, False))
            elif wish.key and first.fingerprint != wish.key.fingerprint:
                answers.append(Problem("idempotency-key-reused"))
            else:
                answers.append(Accepted(first.operation, True))
        bundle = outbox.bundle_of(one for wish in new.values() for one in wish.envelopes)
        sent = self.relay.confirmed() if new else []
        if new:
            writing = Writing()
            await intake_sql.open_operations(writing, [wish.operation for wish in new.values()])
            await outbox.forget(writing, sent)
            await outbox.save(writing, self.relay.owner, bundle)
            await writing.flush(connection)
        return Written(list(new), bundle, answers, sent)


@dataclass(frozen=True, slots=True)
class Written:
    new: list[UUID]
    bundle: Bundle
    answers: list[Accepted | Problem]
    sent: list[UUID]


def overloaded(detail: str, seconds: int = 1) -> Problem:
    return Problem("overloaded", f"{detail[0].upper()}{detail[1:]}.", headers={"Retry-After": str(seconds)})


def _fail(wishes: Sequence[Wish], problem: Problem) -> None:
    for wish in wishes:
        if not wish.answer.done():
            wish.answer.set_exception(problem)
