"""Who asked: subject, roles and message id, signed by the edge, so that every worker can check it (S2-101).

A bearer token would rest in queues and dead letters; this statement is worth nothing beside another message.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jwt

from infra.envelope import Envelope
from infra.errors import InvalidMessage

KEPT = 4096


@dataclass(frozen=True, slots=True)
class Actor:
    subject: str
    roles: tuple[str, ...]


class Signer:
    """Holds the edge's Ed25519 private key (PEM)."""

    def __init__(self, private_key: bytes, key_id: str) -> None:
        self._key = jwt.get_algorithm_by_name("EdDSA").prepare_key(private_key)
        self._headers = {"kid": key_id, "typ": "actor+jwt"}

    def state(self, subject: str, roles: Sequence[str], message_id: str) -> str:
        claims = {"sub": subject, "roles": list(roles), "mid": message_id}
        return jwt.encode(claims, self._key, algorithm="EdDSA", headers=self._headers)


class Verifier:
    """Holds the edge's public key (PEM). A message without a statement comes from a producer the broker knows."""

    def __init__(self, public_key: bytes | None) -> None:
        """Without a key every statement is refused."""
        self._key: Any = jwt.get_algorithm_by_name("EdDSA").prepare_key(public_key) if public_key else None
        self._known: OrderedDict[str, tuple[Actor, str]] = OrderedDict()

    def check(self, envelope: Envelope) -> Actor | None:
        """Raises InvalidMessage (`invalid-actor`) when the statement is forged or belongs to another operation."""
        if not envelope.actor:
            return None
        actor, message_id = self._known.get(envelope.actor) or self._verify(envelope.actor)
        if message_id != str(envelope.correlation):
            raise InvalidMessage("invalid-actor", "the statement belongs to another operation")
        return actor

    def _verify(self, statement: str) -> tuple[Actor, str]:
        if self._key is None:
            raise InvalidMessage("invalid-actor", "no key of the edge is known here")
        try:
            claims = jwt.decode(
                statement, self._key, algorithms=["EdDSA"], options={"verify_exp": False, "require": ["sub", "mid"]}
            )
            found = Actor(str(claims["sub"]), tuple(map(str, claims.get("roles", ())))), str(claims["mid"])
        except (jwt.PyJWTError, TypeError, ValueError):
            raise InvalidMessage("invalid-actor", "the signature does not hold") from None
        self._known[statement] = found
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found
