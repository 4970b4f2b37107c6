"""Development bearer tokens, signed with the key of this home (RFC 9068, RFC 8037). Real identities come from elsewhere."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence

import jwt

from infra.keys import Keys
from infra.settings import Settings

EARLY = 5
"""Seconds by which `nbf` lies in the past, for clocks that do not agree."""


def sign(settings: Settings, subject: str, roles: Sequence[str], lifetime: float) -> str:
    """`lifetime` in seconds. Makes the keys of this home when they do not exist yet."""
    now = int(time.time())
    claims = {
        "iss": settings.token_issuer,
        "sub": subject,
        "aud": settings.token_audience,
        "iat": now,
        "nbf": now - EARLY,
        "exp": now + int(lifetime),
        "jti": str(uuid.uuid4()),
        "sid": str(uuid.uuid4()),
        "roles": list(roles),
    }
    if settings.token_secret:
        return jwt.encode(claims, settings.token_secret.get_secret_value(), algorithm="HS256", headers={"typ": "at+jwt"})
    keys = Keys(settings.folder)
    keys.make(())
    headers = {"typ": "at+jwt", "kid": keys.jwks()["keys"][0]["kid"]}
    return jwt.encode(claims, keys.private("token").decode(), algorithm="EdDSA", headers=headers)
