"""How webhooks are signed: both sides of the line speak of the same few bytes. Standard library only.

The header is `Hikyaku-Signature: t=<unix seconds>,v1=<hex>`; the hex is HMAC-SHA256 over `<t>.<body>`. Several `v1`
may stand in one header while a secret is exchanged for another.
"""

from __future__ import annotations

import hashlib
import hmac

HEADER = "Hikyaku-Signature"
TOLERANCE = 300
"""Seconds between the sender's clock and ours; an older letter may be a replay."""
MOST = 1_000
"""A longer header is nobody's signature."""


def sign(secret: bytes, body: bytes, at: int) -> str:
    """The header's value for a body sent at this unix time."""
    return f"t={at},v1={_mac(secret, body, at)}"


def verifies(secret: bytes, body: bytes, header: str, now: int, tolerance: int = TOLERANCE) -> bool:
    """Whether the owner of the secret signed this body within the tolerance. Never raises; compares in constant time."""
    if not secret or len(header) > MOST or not header.isascii():
        return False
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1 or not stamps[0].isdigit() or len(stamps[0]) > 12:
        return False
    at = int(stamps[0])
    expected = _mac(secret, body, at)
    signed = [hmac.compare_digest(expected, value) for name, _, value in parts if name == "v1"]
    return any(signed) and abs(now - at) <= tolerance


def _mac(secret: bytes, body: bytes, at: int) -> str:
    return hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
