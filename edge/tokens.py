"""Bearer tokens: which key may have signed them, and what they must say (RFC 8725, S3-72, X-2).

EdDSA with the keys of a JWKS is the rule. HS256 with one shared secret is a mode of its own: the two never mix, so a
public key can't be used as a secret. `jku`, `x5u` and `jwk` in a header are never followed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import jwt

from edge.principals import ROLES, Principal
from edge.problems import Problem

LONGEST = 8192
LEEWAY = 60
TYPES = frozenset({"at+jwt", "application/at+jwt", "jwt"})
SUBJECT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$")
REMEMBERED = 10_000
REQUIRED: Final = ["exp", "iat", "iss", "aud", "sub"]


@dataclass(frozen=True)
class Keys:
    """What may verify a token: one algorithm, and its keys by `kid` (HS256: the one secret under "")."""

    algorithm: str
    by_id: Mapping[str, Any]

    @classmethod
    def of_jwks(cls, document: Mapping[str, Any]) -> Keys:
        """Ed25519 keys only; others in the document are for others. Raises ValueError when none is left."""
        found = {
            str(one["kid"]): jwt.PyJWK(dict(one), algorithm="EdDSA").key
            for one in document.get("keys", ())
            if one.get("kty") == "OKP" and one.get("crv") == "Ed25519" and one.get("kid") and one.get("use", "sig") == "sig"
        }
        if not found:
            raise ValueError("the JWKS holds no Ed25519 signing key with a kid")
        return cls("EdDSA", found)

    @classmethod
    def of_secret(cls, secret: bytes) -> Keys:
        if len(secret) < 32:
            raise ValueError("an HS256 secret needs at least 32 bytes")
        return cls("HS256", {"": secret})

    def find(self, header: Mapping[str, Any]) -> Any:
        return self.by_id.get("" if self.algorithm == "HS256" else str(header.get("kid", "")))


@dataclass
class Tokens:
    """Verifies bearer tokens and remembers the verified ones until they expire, `REMEMBERED` at most."""

    keys: Keys
    issuer: str
    audience: str
    clock: Callable[[], float] = time.time
    _known: dict[str, Principal] = field(default_factory=dict)

    def bearer(self, authorization: str) -> Principal:
        """The principal of an Authorization header. Raises Problem 401, which never says more than it must."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise refused("a bearer token is required" if not authorization else "the scheme must be Bearer", "")
        known = self._known.get(token)
        if known is not None and known.expires > self.clock():
            return known
        principal = self._verify(token.strip())
        if len(self._known) >= REMEMBERED:
            # Oldest first: a dict keeps the order in which tokens were first seen.
            for old in list(self._known)[: REMEMBERED // 10]:
                del self._known[old]
        self._known[token] = principal
        return principal

    def _verify(self, token: str) -> Principal:
        if len(token) > LONGEST:
            raise refused("the token is longer than 8 KB")
        try:
            header = jwt.get_unverified_header(token)
            key = self.keys.find(header)
            if header.get("alg") != self.keys.algorithm or key is None or "crit" in header:
                raise refused("the token's algorithm or key is unknown here")
            if str(header.get("typ", "")).lower() not in TYPES:
                raise refused("the token's type is not an access token")
            claims = jwt.decode(
                token,
                key,
                algorithms=[self.keys.algorithm],
                issuer=self.issuer,
                audience=self.audience,
                leeway=LEEWAY,
                options={"require": REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise refused("the token has expired") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise refused("the token is not valid") from None
        return self._principal(claims)

    def _principal(self, claims: Mapping[str, Any]) -> Principal:
        subject, roles = claims["sub"], claims.get("roles", ())
        if not isinstance(subject, str) or not SUBJECT.match(subject):
            raise refused("the token's subject is not an id")
        if not isinstance(roles, Sequence) or isinstance(roles, str) or not ROLES.intersection(map(str, roles)):
            raise refused("the token carries no role known here")
        # Within the leeway a token stays good a little longer than it says.
        return Principal(subject, ROLES.intersection(map(str, roles)), float(claims["exp"]) + LEEWAY)


def refused(detail: str, error: str = "invalid_token") -> Problem:
    challenge = f'Bearer realm="hikyaku", error="{error}"' if error else 'Bearer realm="hikyaku"'
    return Problem("unauthenticated", f"{detail[0].upper()}{detail[1:]}.", headers={"WWW-Authenticate": challenge})
