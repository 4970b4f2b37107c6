"""Short-lived customer tokens for the demo page and the tester: in development only, never for an admin."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SECONDS = 900


class DemoTokens:
    """`sign` makes a token for a subject with roles that lives for so many seconds."""

    def __init__(self, sign: Callable[[str, Sequence[str], float], str]) -> None:
        self._sign = sign

    def issue(self) -> Mapping[str, Any]:
        """For a customer nobody knows yet."""
        subject = f"demo-{secrets.token_hex(6)}"
        token = self._sign(subject, ["customer"], SECONDS)
        return {"access_token": token, "token_type": "Bearer", "expires_in": SECONDS, "customer_id": subject}
