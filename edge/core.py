"""What every route stands on: who asks, what is asked of the domains, what is accepted and how it fares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import orjson
from starlette.requests import Request

from contracts.message import Query
from edge import views
from edge.addresses import Seal
from edge.caches import Cache, Caches
from edge.calls import Intent
from edge.config import Config
from edge.context import Context, current
from edge.files import Uploads
from edge.idempotency import Key
from edge.intake import Accepted, Intake, overloaded
from edge.limits import Limiter
from edge.principals import Principal
from edge.problems import Problem
from edge.recent import RecentOrders
from edge.rules import Operation
from edge.tickets import Ticketing
from edge.tokens import Tokens
from edge.waiting import Waiters, until_closed
from infra import calls, clock, ids
from infra.asking import Unanswered
from infra.database import Pool
from infra.envelope import Envelope
from infra.errors import Late, Overloaded


class Asking(Protocol):
    """A query over the broker: the answer's JSON, None for nothing. Raises Late and Overloaded."""

    async def ask(self, query: Query, timeout: float) -> bytes | None: ...


class Stating(Protocol):
    """Signs who asked, for the workers."""

    def state(self, subject: str, roles: Any, message_id: str) -> str: ...


class Pressure(Protocol):
    """Why nothing more can be accepted just now, or an empty text."""

    def reason(self) -> str: ...


@dataclass
class Edge:
    """One edge process. `pool` is its own database; the domains are behind `asker` and the intake's outbox."""

    config: Config
    tokens: Tokens
    intake: Intake
    asker: Asking
    pool: Pool
    seal: Seal
    signer: Stating
    pressure: Pressure
    webhook_secret: Callable[[str], bytes | None]
    uploads: Uploads
    tickets: Ticketing
    waiters: Waiters = field(default_factory=Waiters)
    caches: Caches = field(default_factory=Caches)
    memory: dict[str, str] = field(default_factory=dict)
    recent: RecentOrders = field(default_factory=RecentOrders)

    def __post_init__(self) -> None:
        config = self.config
        self.by_principal = Limiter(config.principal_rate, config.principal_burst)
        self.by_address = Limiter(config.address_rate, config.address_burst)
        self.failures = Limiter(config.failures_rate, config.failures_burst)

    def authenticate(self, request: Request, context: Context) -> Principal:
        """Raises Problem 401 and 429: per address for bad tokens, per principal for good ones."""
        try:
            principal = self.tokens.bearer(request.headers.get("authorization", ""))
        except Problem:
            self.slow_down(self.failures.wait(context.client))
            raise
        context.principal = principal
        self.slow_down(self.by_principal.wait(principal.subject))
        return principal

    @staticmethod
    def slow_down(seconds: int) -> None:
        """Raises Problem 429 unless a limiter has said 0."""
        if seconds:
            raise Problem("too-many-requests", headers={"Retry-After": str(seconds)})

    async def ask(self, query: Query, seconds: float | None = None) -> bytes | None:
        """Raises Problem 504 when the owner does not answer in time, 503 when too many questions are open."""
        asking = current.get()
        who = asking.principal.subject if asking and asking.principal else ""
        calls.note("edge", query.topic, who, asking.trace.trace_id if asking else "")
        try:
            return await self.asker.ask(query, timeout=seconds or self.config.query_seconds)
        except Late:
            raise Problem("late") from None
        except Overloaded:
            raise overloaded("too many questions are open") from None
        except Unanswered:
            raise overloaded("the owner could not answer just now") from None

    async def glance(self, query: Query) -> dict[str, Any] | None:
        """A look ahead that holds nothing up. Raises Problem 404 when there is no such thing."""
        try:
            answer = await self.ask(query, self.config.glance_seconds)
        except Problem:
            return None
        if answer is None:
            raise Problem("not-found")
        found: dict[str, Any] = orjson.loads(answer)
        return found

    async def ask_cached(self, cache: Cache, owner: str, query: Query, key: str = "") -> bytes:
        """Raises Problem: 404 for nothing, which is not kept, and 504."""
        kept = cache.get(owner, key)
        if kept is not None:
            return kept
        ticket = cache.ticket(owner)
        answer = await self.ask(query)
        if answer is None:
            raise Problem("not-found")
        cache.put(owner, ticket, answer, key)
        return answer

    def must_have_room(self) -> None:
        """Raises Problem 503 under back-pressure."""
        if reason := self.pressure.reason():
            raise overloaded(reason, seconds=5)

    async def accept(self, intent: Intent, principal: Principal, key: Key | None, traceparent: str) -> Accepted:
        """Durable when it returns. Raises Problem 503 under back-pressure, 422 for a key used otherwise."""
        self.must_have_room()
        identity = ids.root()
        actor = self.signer.state(principal.subject, sorted(principal.roles), str(identity))
        now = clock.utcnow()
        topic = intent.command.topic
        envelopes = [
            Envelope(
                identity if n == 0 else ids.root(),
                command,
                identity,
                source="edge",
                time=now,
                operation=topic,
                actor=actor,
                traceparent=traceparent,
            )
            for n, command in enumerate((intent.command, *intent.more))
        ]
        operation = Operation(
            operation_id=identity,
            principal=principal.subject,
            command=topic,
            ids=dict(intent.ids),
            links=dict(intent.links),
            status="pending",
            steps=[],
            reason="",
            outcome=None,
            created_at=now,
            updated_at=now,
        )
        accepted = await self.intake.accept(envelopes, operation, key)
        if not accepted.replayed:
            calls.note_sent("edge", envelopes)
        self._changes(intent)
        return accepted

    def _changes(self, intent: Intent) -> None:
        """What the caller will read must be as new as what he did."""
        for kept, key in intent.stale:
            self.caches.of(kept).changed(key)

    async def outcome(self, operation: Operation, seconds: float, intent: Intent) -> Operation | None:
        """The closed operation if it closes within that time."""
        if operation.closed:
            return operation

        async def look() -> Operation | None:
            return await views.read(self.pool, operation.operation_id)

        with self.waiters.registered(operation.operation_id) as changes:
            found = await look()
            if found is None or not found.closed:
                found = await until_closed(changes, look, seconds)
        if found is not None:
            self._changes(intent)
        return found

    async def operation(self, written: str, principal: Principal) -> Operation:
        """Raises Problem 404 for an unknown one and for somebody else's."""
        try:
            identity = UUID(written)
        except ValueError:
            raise Problem("not-found") from None
        found = await views.read(self.pool, identity)
        if found is None or not principal.may_see(found.principal):
            raise Problem("not-found")
        return found

    async def visible(self, operations: Sequence[UUID], principal: Principal) -> list[UUID]:
        """Those of them that exist and that he may see, in their order."""
        found = await views.read_all(self.pool, operations)
        his = {one.operation_id for one in found if principal.may_see(one.principal)}
        return [one for one in operations if one in his]

    def remember(self, sku: str, category: str) -> None:
        """Where a product's messages are routed, known from the moment it was asked for (S3-61, S3-63)."""
        if len(self.memory) >= 100_000:
            self.memory.clear()
        self.memory[sku] = category

    async def category_of(self, sku: str, query: Query) -> str:
        """Routes only: an unknown product is the owner's to refuse, so this is empty rather than late."""
        if (known := self.memory.get(sku)) is not None:
            return known
        try:
            found = await self.glance(query)
        except Problem:
            return ""
        if found is None:
            return ""
        self.remember(sku, found["category"])
        return str(found["category"])
