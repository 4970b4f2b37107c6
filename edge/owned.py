"""Whose a thing is, seen from its answer."""

from __future__ import annotations

import orjson

from edge.principals import Principal


def owned(answer: bytes, principal: Principal, owner: str = "customer_id") -> bytes:
    """The answer itself. Raises Problem 404 when the id in its field `owner` is somebody else's."""
    if not principal.admin:
        principal.must_see(orjson.loads(answer)[owner])
    return answer
