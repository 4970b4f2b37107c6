"""The Idempotency-Key: one key and one body are one operation (S3-57; architecture.md section 6).

Scoped by principal and route. The same key with another body is refused (422); nothing is stored for a request that
was refused before it was accepted, so it may be corrected and sent again under its key. Kept for `KEPT`.
"""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Any, NamedTuple

import orjson

from edge.problems import Problem

KEPT = timedelta(days=7)
VISIBLE_ASCII = re.compile(r"^[\x21-\x7e]{1,255}$")


class Key(NamedTuple):
    """Where a request is remembered, and what it said."""

    principal: str
    route: str
    key: str
    fingerprint: bytes


def written(header: str | None, *, required: bool) -> str:
    """The key as written, without the quotes of a structured string; empty when there is none.

    Raises Problem 400 for a missing one that is required, and for one that is not 1 to 255 visible ASCII characters.
    """
    if header is None:
        if required:
            raise Problem("idempotency-key-required")
        return ""
    key = header.strip()
    if len(key) > 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if not VISIBLE_ASCII.match(key):
        raise Problem("invalid-header", errors=[("Idempotency-Key", "must be 1 to 255 visible ASCII characters")])
    return key


def fingerprint(path: str, body: Any) -> bytes:
    """Of what was said, whatever the order of its keys and its blanks."""
    return hashlib.sha256(path.encode() + b"\0" + orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()[:16]
