"""Headers that every answer carries, and which origins a browser may call from (S3-71)."""

from __future__ import annotations

from collections.abc import Iterable

Raw = tuple[bytes, bytes]

SECURITY: tuple[Raw, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        b"form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    ),
)
HSTS: Raw = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
ALLOWED = b"Authorization, Content-Type, Idempotency-Key, Prefer, If-None-Match, X-Request-ID, traceparent, Accept-Language"
EXPOSED = b"Location, ETag, Idempotency-Replayed, Preference-Applied, Retry-After, X-Request-ID, traceparent"


class Cors:
    """An exact list of origins; an origin is never reflected. Tokens travel in a header, so no credentials."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = frozenset(one.rstrip("/").encode() for one in origins)

    def headers(self, origin: bytes) -> list[Raw]:
        """For an answer to this origin; nothing for an origin that is not listed, which browsers take as a no."""
        if not self._origins:
            return []
        vary = [(b"vary", b"Origin")]
        if origin not in self._origins:
            return vary
        return [*vary, (b"access-control-allow-origin", origin), (b"access-control-expose-headers", EXPOSED)]

    def preflight(self, origin: bytes) -> list[Raw]:
        """What a preflight is told beside these headers."""
        if origin not in self._origins:
            return []
        return [
            (b"access-control-allow-methods", METHODS),
            (b"access-control-allow-headers", ALLOWED),
            (b"access-control-max-age", b"600"),
        ]
