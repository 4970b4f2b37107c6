"""An edge without broker and database: what it asks and what it stores is kept in memory."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.message import Query
from contracts.sealed import Sealed
from edge.app import Deps, create_app, kept
from edge.audit import Audit, Line
from edge.caches import Caches
from edge.channels import Channel, Hub
from edge.config import Config
from edge.core import Edge
from edge.faults import Faults
from edge.files import Uploads
from edge.idempotency import Key
from edge.intake import Accepted, Intake
from edge.live import Live
from edge.maintenance import Maintenance
from edge.principals import Principal
from edge.problems import Problem
from edge.rules import Operation
from edge.tickets import refused
from edge.tokens import Keys, Tokens
from infra.blobs import LocalBlobs
from infra.database import Pool
from infra.envelope import Envelope
from infra.errors import Late

SIGNING = Ed25519PrivateKey.generate()
SECRET = b"shared with the provider"
ADDRESS = {
    "postal_code": "1000001",
    "prefecture": "東京都",
    "city": "千代田区",
    "line1": "千代田1-1",
    "recipient": "山田 太郎",
    "phone": "090-1234-5678",
}
ORDER: dict[str, Any] = {
    "customer_id": "CUST-001",
    "items": [{"sku": "TEA-1", "quantity": 2}],
    "shipping_address": ADDRESS,
    "payment_method": "wallet",
}


def token(subject: str = "CUST-001", role: str = "customer", key: Any = SIGNING, **changes: Any) -> str:
    """A good token, but for the changes; a claim that is changed to None is left out."""
    now = int(time.time())
    claims = {"iss": "hikyaku", "aud": "hikyaku", "sub": subject, "roles": [role], "iat": now, "exp": now + 600}
    headers = {"kid": "k1", "typ": "at+jwt", **changes.pop("headers", {})}
    kept = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(kept, key, algorithm=changes.pop("algorithm", "EdDSA"), headers=headers)


def bearer(subject: str = "CUST-001", role: str = "customer") -> dict[str, str]:
    return {"Authorization": f"Bearer {token(subject, role)}"}


ADMIN = bearer("ops", "admin")


class MemoryIntake:
    """Answers as the real one does: same key and body, same operation."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.operations: dict[UUID, Operation] = {}
        self._keys: dict[tuple[str, str, str], tuple[bytes, Operation]] = {}

    async def accept(self, envelopes: Sequence[Envelope], operation: Operation, key: Key | None) -> Accepted:
        if key:
            known = self._keys.setdefault(key[:3], (key.fingerprint, operation))
            if known[0] != key.fingerprint:
                raise Problem("idempotency-key-reused")
            if known[1] is not operation:
                return Accepted(self.operations[known[1].operation_id], True)
        self.envelopes += envelopes
        self.operations[operation.operation_id] = operation
        return Accepted(operation, False)


class MemoryPool:
    """Reads operations out of the intake's memory."""

    def __init__(self, intake: MemoryIntake) -> None:
        self.intake = intake

    async def fetchrow(self, query: str, identity: UUID) -> Any:
        found = self.intake.operations.get(identity)
        return found and tuple(getattr(found, name) for name in Operation.__match_args__)

    async def fetch(self, query: str, identities: Sequence[UUID]) -> list[Any]:
        return [found for one in identities if (found := await self.fetchrow(query, one))]

    async def fetchval(self, query: str, timeout: float) -> int:
        return 1


class MemoryTickets:
    """Single-use, as the real ones; `late` makes them all too old."""

    def __init__(self) -> None:
        self.late = False
        self._open: dict[str, Principal] = {}

    async def issue(self, principal: Principal) -> str:
        ticket = uuid4().hex
        self._open[ticket] = principal
        return ticket

    async def redeem(self, ticket: str) -> Principal:
        if self.late or ticket not in self._open:
            raise refused()
        return self._open.pop(ticket)


class Answers:
    """What the domains would say; a topic that is not in it is never answered."""

    def __init__(self) -> None:
        self.by_topic: dict[str, bytes | None] = {}
        self.asked: list[Query] = []

    async def ask(self, query: Query, timeout: float) -> bytes | None:
        self.asked.append(query)
        if query.topic not in self.by_topic:
            raise Late(query.topic)
        return self.by_topic[query.topic]


class Unsigned:
    def state(self, subject: str, roles: Any, message_id: str) -> str:
        return f"{subject} {message_id}"


class Calm:
    def __init__(self) -> None:
        self.why = ""

    def reason(self) -> str:
        return self.why


class World:
    """One edge, its surroundings, and a client."""

    def __init__(
        self,
        *,
        maintenance: Maintenance | None = None,
        origins: Sequence[str] = (),
        channels: Sequence[Channel] = (),
        faults: Faults | None = None,
        **config: Any,
    ) -> None:
        self.intake, self.answers, self.pressure, self.tickets = MemoryIntake(), Answers(), Calm(), MemoryTickets()
        self.audit = Audit(cast(Pool, None))
        pool = cast(Pool, MemoryPool(self.intake))
        settled = Config(glance_seconds=0.05, **config)
        self._files = TemporaryDirectory(prefix="hikyaku-")
        self.blobs = LocalBlobs(Path(self._files.name))
        keys = Keys("EdDSA", {"k1": SIGNING.public_key()})
        self.edge = Edge(
            settled,
            Tokens(keys, "hikyaku", "hikyaku"),
            cast(Intake, self.intake),
            self.answers,
            pool,
            lambda to, plaintext: Sealed(to=to, box="c2VhbGVk"),
            Unsigned(),
            self.pressure,
            {"local": SECRET}.get,
            Uploads(self.blobs, settled),
            self.tickets,
            caches=Caches(kept()),
        )
        self.live, self.hub = Live(dict), Hub(channels)
        self.app = create_app(
            Deps(self.edge, self.audit, self.live, self.hub, maintenance or Maintenance(), origins=origins, faults=faults)
        )
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://edge")

    @property
    def lines(self) -> list[Line]:
        return list(self.audit._lines)

    async def post(self, path: str, body: Any, *, key: str = "", who: Mapping[str, str] | None = None, **headers: str) -> Any:
        """As a customer, unless `who` says otherwise."""
        sent = {**(bearer() if who is None else who), **{name.replace("_", "-"): text for name, text in headers.items()}}
        if key:
            sent["Idempotency-Key"] = key
        return await self.client.post(path, json=body, headers=sent)

    async def get(self, path: str, who: Mapping[str, str] | None = None, **headers: str) -> Any:
        return await self.client.get(path, headers={**(bearer() if who is None else who), **headers})
