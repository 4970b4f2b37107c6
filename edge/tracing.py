"""Request ids and W3C trace context: taken over when well-formed, made when not."""

from __future__ import annotations

import re
import secrets
from typing import NamedTuple

TRACEPARENT = re.compile(r"^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$")
REQUEST_ID = re.compile(r"^[A-Za-z0-9._-]{8,64}$")


class Trace(NamedTuple):
    """Who this request is to those who follow it through the logs; `traceparent` goes on into the messages.

    It names this request's own span; `parent_id` is the caller's, empty when he has none.
    """

    request_id: str
    trace_id: str
    traceparent: str
    parent_id: str = ""

    @property
    def span_id(self) -> str:
        return span_of(self.traceparent)


def trace(traceparent: str, request_id: str) -> Trace:
    """Continue the caller's trace under a span of our own, or begin one. A malformed header counts as none."""
    seen = TRACEPARENT.match(traceparent) if traceparent else None
    trace_id, flags = (seen[1], seen[3]) if seen else (secrets.token_hex(16), "01")
    if not request_id or not REQUEST_ID.match(request_id):
        request_id = trace_id
    return Trace(request_id, trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-{flags}", seen[2] if seen else "")


def trace_of(traceparent: str) -> str:
    return traceparent[3:35]


def span_of(traceparent: str) -> str:
    return traceparent[36:52]


def sampled(traceparent: str) -> bool:
    """What the caller wants: an even flag says that nobody records this trace."""
    return bool(traceparent) and int(traceparent[53:55], 16) & 1 == 1
