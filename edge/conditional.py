"""Answers that a caller may already have (RFC 9110, 13.1.2): each has an entity tag, and who names it gets 304.

A HEAD is answered as its GET would be, tag and length included; uvicorn leaves the body out (9.3.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')
PRIVATE = {"Cache-Control": "private, no-cache"}
"""Kept by the caller alone, who asks each time whether it is still true."""


def known(request: Request, tag: str) -> bool:
    """Whether the caller has it: one tag of If-None-Match is this one, weak or not, or it is `*`."""
    written = request.headers.get("if-none-match", "")
    return written.strip() == "*" or tag in TAG.findall(written)


def answer(request: Request, body: bytes, headers: Mapping[str, str] = PRIVATE, media_type: str = "application/json") -> Response:
    """200 with the body's tag, or 304 without the body."""
    tag = f'"{blake2b(body, digest_size=12).hexdigest()}"'
    tagged = {**headers, "ETag": tag}
    if known(request, tag):
        return Response(None, 304, tagged)
    return Response(body, 200, tagged, media_type)
