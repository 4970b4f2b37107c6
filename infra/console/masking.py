"""Shows the shape of a message without what people wrote into it."""

from __future__ import annotations

import json
from typing import Any

MASK = "•••"
SIGNED = ("actor",)
"""Headers that speak for a person."""


def body(text: str | bytes) -> str:
    """JSON with every string replaced; keys, numbers and structure stay."""
    try:
        found = json.loads(text)
    except (ValueError, UnicodeDecodeError):
        return f"({len(text)} bytes that are not JSON)"
    return json.dumps(_masked(found), indent=2, ensure_ascii=False)


def clear(text: str | bytes) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, UnicodeDecodeError):
        return repr(text)


def headers(given: dict[str, Any]) -> dict[str, Any]:
    return {name: MASK if name in SIGNED else value for name, value in given.items()}


def _masked(value: Any) -> Any:
    match value:
        case dict():
            return {name: _masked(one) for name, one in value.items()}
        case list():
            return [_masked(one) for one in value]
        case str():
            return MASK
        case _:
            return value
