"""A database server: sessions, statements that wait for rows, and commits whose outcome nobody is told."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg

from tests.simulation.clock import Process, VirtualLoop
from tests.simulation.tables import Blocked, Fields, Tables, Transaction

LOCK_TIMEOUT, DEADLOCK_TIMEOUT, IDLE_TIMEOUT = 2.0, 1.0, 5.0

ENTER = re.compile(r"(SELECT enter)\((-?\d+), (\d+), '\{(.*)\}', '.*', '.*'\)")
"""Its values are in its text, for it comes together with BEGIN."""

Found: TypeAlias = Sequence[tuple[Any, ...]]
Statement: TypeAlias = Callable[..., Found]
"""Of a transaction and the statement's arguments."""

Doubt: TypeAlias = Literal["kept", "lost", "kept later", "lost later"]
"""What becomes of a commit that is not answered."""


@dataclass(eq=False, slots=True)
class Session:
    """One connection, seen from the server. `answer` is what its client waits for."""

    process: Process | None
    transaction: Transaction | None = None
    alone: bool = False
    """The statement is a transaction of its own."""
    failed: bool = False
    closed: bool = False
    answer: asyncio.Future[Found] | None = None
    heard: float = 0.0
    """When its client last said something."""


@dataclass(eq=False, slots=True)
class Waiting:
    """A statement that waits for rows of others."""

    session: Session
    query: str
    args: Sequence[Any]
    holders: set[Transaction]
    began: float


class Server:
    """Answers after a while that the seed decides. `statements` are all it understands."""

    def __init__(
        self,
        loop: VirtualLoop,
        chance: Random,
        statements: Mapping[str, Statement],
        checks: Mapping[str, Callable[[Fields], bool]],
    ) -> None:
        self.loop, self.chance, self.statements = loop, chance, statements
        self.tables = Tables(checks)
        self.sessions: dict[Session, None] = {}
        self.up = True
        self.doubts: deque[Doubt] = deque()
        self.errors: deque[type[asyncpg.PostgresError]] = deque()
        self.deadlocks = 0
        self.strangers: list[str] = []
        """Statements it does not know: then the simulation is behind the kernel."""
        self._waiting: list[Waiting] = []

    def pause(self) -> float:
        """Seconds on the way, mostly a fraction of a millisecond and now and then much more."""
        return self.chance.expovariate(2_000) if self.chance.random() < 0.97 else self.chance.uniform(0, 0.2)

    def connect(self, process: Process | None) -> Session:
        """Raises ConnectionRefusedError while the server is away."""
        if not self.up:
            raise ConnectionRefusedError("the database is away")
        session = Session(process)
        self.sessions[session] = None
        return session

    def receive(self, session: Session, query: str, args: Sequence[Any], answer: asyncio.Future[Found]) -> None:
        session.answer = answer
        session.heard = self.loop.now
        if session.closed:
            self._lose(session)
            return
        if query.startswith("ROLLBACK"):
            self._end(session)
            query = query[len("ROLLBACK; ") :]
        if query.startswith("BEGIN"):
            session.transaction = Transaction(self.tables, self.loop.now)
            query = query[len("BEGIN; ") :]
        if values := ENTER.fullmatch(query):
            query, args = values[1], (int(values[2]), int(values[3]), list(map(UUID, values[4].split(","))))
        if not query:
            self._answer(session, [])
        elif query == "COMMIT":
            self._commit(session, [])
        elif session.failed:
            self._fail(session, asyncpg.InFailedSQLTransactionError("current transaction is aborted"))
        elif self.errors and session.transaction is not None:
            self._fail(session, self.errors.popleft()("as the schedule wants it"))
        else:
            session.alone = session.transaction is None
            self._attempt(session, query, args)

    def close(self, session: Session) -> None:
        """The connection is gone: the client hears of it, and what was not committed comes to nothing."""
        if session.closed:
            return
        session.closed = True
        self.sessions.pop(session, None)
        self._waiting = [one for one in self._waiting if one.session is not session]
        self._end(session)
        self._lose(session)

    def go_down(self) -> None:
        self.up = False
        for session in list(self.sessions):
            self.close(session)

    def watch_idle(self, process: Process) -> None:
        """What a client that has stopped leaves open is ended after a while (idle_in_transaction_session_timeout)."""
        for session in [one for one in self.sessions if one.process is process]:
            self.loop.later(IDLE_TIMEOUT, self._check_idle, session, session.heard)

    def _check_idle(self, session: Session, heard: float) -> None:
        if session.heard != heard:
            # What was on its way when the client stopped was still done.
            self.loop.later(session.heard + IDLE_TIMEOUT - self.loop.now, self._check_idle, session, session.heard)
        elif session.answer is None and session.transaction is not None:
            self.tables.met["idle transactions ended"] += 1
            self.close(session)

    def _attempt(self, session: Session, query: str, args: Sequence[Any], waited: Waiting | None = None) -> None:
        transaction = session.transaction = session.transaction or Transaction(self.tables, self.loop.now)
        before = dict(transaction.changes)
        try:
            found = self._run(transaction, query, args)
        except Blocked as blocked:
            transaction.changes = before
            if transaction.moment is None:
                transaction.moment = self.tables.commits
            self._wait(session, query, args, blocked.holders, waited)
            return
        except asyncpg.PostgresError as error:
            self._fail(session, error)
            return
        transaction.moment = None
        if session.alone:
            self._commit(session, found)
        else:
            self._answer(session, found)

    def _run(self, transaction: Transaction, query: str, args: Sequence[Any]) -> Found:
        parts: Sequence[tuple[str, int]] | None = getattr(query, "parts", None)
        if parts is None:
            return self._known(query)(transaction, *args)
        # PostgreSQL runs the parts of such a statement from the last to the first, and each sees what was before all.
        end = len(args)
        for part, count in reversed(parts):
            self._known(part)(transaction, *args[end - count : end])
            end -= count
        return []

    def _known(self, query: str) -> Statement:
        if query not in self.statements:
            self.strangers.append(query)
            raise asyncpg.SyntaxOrAccessError(f"the simulated database does not know: {query}")
        return self.statements[query]

    def _commit(self, session: Session, found: Found) -> None:
        transaction = session.transaction
        if transaction is None or session.failed or not transaction.changes or not self.doubts:
            if transaction is not None and not session.failed:
                transaction.commit()
            self._end(session)
            self._answer(session, found)
            return
        doubt = self.doubts.popleft()
        self.tables.met[f"commits unanswered, {doubt}"] += 1
        if doubt == "kept":
            transaction.commit()
        elif doubt != "lost":
            # The client hears that its connection is gone while the backend is still at work.
            session.transaction = None
            self.loop.later(self.chance.uniform(0, 1.5), self._decide, transaction, doubt)
        self.close(session)

    def _decide(self, transaction: Transaction, doubt: Doubt) -> None:
        if doubt == "kept later":
            transaction.commit()
        transaction.end()
        self._free()

    def _wait(self, session: Session, query: str, args: Sequence[Any], holders: set[Transaction], before: Waiting | None) -> None:
        if before is not None and before.holders & holders:
            before.holders = holders
            self._waiting.append(before)
            return
        self.tables.met["waits for a row"] += 1
        waiting = Waiting(session, query, args, holders, self.loop.now)
        self._waiting.append(waiting)
        self.loop.later(DEADLOCK_TIMEOUT, self._check_circle, waiting)
        self.loop.later(LOCK_TIMEOUT, self._give_up, waiting)

    def _check_circle(self, waiting: Waiting) -> None:
        if waiting in self._waiting and self._reaches(waiting.holders, waiting.session.transaction, set()):
            self.deadlocks += 1
            self._fail(waiting.session, asyncpg.DeadlockDetectedError("deadlock detected"))

    def _reaches(self, holders: set[Transaction], sought: Transaction | None, seen: set[Transaction]) -> bool:
        if sought in holders:
            return True
        seen |= holders
        further = [one.holders - seen for one in self._waiting if one.session.transaction in holders]
        return any(self._reaches(one, sought, seen) for one in further if one)

    def _give_up(self, waiting: Waiting) -> None:
        if waiting in self._waiting:
            self.tables.met["waits given up"] += 1
            self._fail(waiting.session, asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))

    def _free(self) -> None:
        """Somebody has ended: whoever waited tries again, first come first served."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.session.closed:
                self._attempt(one.session, one.query, one.args, one)

    def _fail(self, session: Session, error: asyncpg.PostgresError) -> None:
        self._waiting = [one for one in self._waiting if one.session is not session]
        if session.transaction is not None:
            session.transaction.end()
        session.failed = not session.alone
        if session.alone:
            session.transaction = None
        self._answer(session, error)
        self._free()

    def _end(self, session: Session) -> None:
        transaction, session.transaction, session.failed = session.transaction, None, False
        if transaction is not None:
            transaction.end()
            self.loop.later(0, self._free)

    def _answer(self, session: Session, found: Found | asyncpg.PostgresError) -> None:
        answer, session.answer = session.answer, None
        if answer is not None:
            self.loop.later(self.pause(), _tell, answer, found)

    def _lose(self, session: Session) -> None:
        answer, session.answer = session.answer, None
        if answer is not None:
            gone = asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
            self.loop.later(self.pause(), _tell, answer, gone)


def _tell(answer: asyncio.Future[Found], found: Found | asyncpg.PostgresError) -> None:
    if answer.done():
        return
    if isinstance(found, Exception):
        answer.set_exception(found)
    else:
        answer.set_result(found)
