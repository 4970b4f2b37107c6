"""Short-lived tokens for the pages, for every role: in development only, and only for this machine's own pages."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from edge.principals import ROLES
from edge.problems import Problem
from edge.tokens import SUBJECT

SECONDS = 900


class DemoTokens:
    """`sign` makes a token for a subject with roles that lives for so many seconds."""

    def __init__(self, sign: Callable[[str, Sequence[str], float], str]) -> None:
        self._sign = sign

    def issue(self, host: str, role: str = "customer", subject: str = "") -> Mapping[str, Any]:
        """For somebody nobody knows yet, or for `subject`. Raises Problem: 404 for a foreign `host`, 422."""
        if not _own(host):
            raise Problem("not-found")
        subject = subject or f"demo-{role}-{secrets.token_hex(6)}"
        if role not in ROLES:
            raise Problem("invalid-request", errors=[("role", f"must be one of {', '.join(sorted(ROLES))}")])
        if not SUBJECT.match(subject):
            raise Problem("invalid-request", errors=[("subject", "must be an id")])
        token = self._sign(subject, [role], SECONDS)
        return {"access_token": token, "token_type": "Bearer", "expires_in": SECONDS, "role": role, "subject": subject}


def _own(host: str) -> bool:
    """A number or localhost: a name may have been pointed at this machine by the page of a stranger (DNS rebinding)."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or bool(ipaddress.ip_address(name))
    except ValueError:
        return False
