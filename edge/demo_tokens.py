"""Short-lived customer tokens for the demo page and the tester: in development only, never for an admin."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Any

import jwt

SECONDS = 900


class DemoTokens:
    """Signs with the development key, whose public half the JWKS shows, or with the shared secret of the HS256 mode."""

    def __init__(self, key: Any, algorithm: str, key_id: str, issuer: str, audience: str) -> None:
        self._key, self._algorithm, self._key_id = key, algorithm, key_id
        self._issuer, self._audience = issuer, audience

    def issue(self) -> Mapping[str, Any]:
        """A customer nobody knows yet."""
        subject = f"demo-{secrets.token_hex(6)}"
        now = int(time.time())
        claims = {
            "iss": self._issuer, "aud": self._audience, "sub": subject, "roles": ["customer"],
            "iat": now, "nbf": now, "exp": now + SECONDS, "jti": secrets.token_hex(8),
        }  # fmt: skip
        headers = {"typ": "at+jwt", **({"kid": self._key_id} if self._key_id else {})}
        token = jwt.encode(claims, self._key, algorithm=self._algorithm, headers=headers)
        return {"access_token": token, "token_type": "Bearer", "expires_in": SECONDS, "customer_id": subject}
