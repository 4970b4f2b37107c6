"""Which of our two languages a caller reads best."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["en", "ja"]


@lru_cache(maxsize=512)
def preferred(accept_language: str) -> Language:
    """The better liked of `en` and `ja` by RFC 9110 weights; English when the caller names neither."""
    weights: dict[str, float] = {}
    for part in accept_language.lower().split(",")[:20]:
        tag, _, parameter = part.strip().partition(";")
        primary = tag.strip().split("-")[0]
        weights.setdefault(primary, _weight(parameter))
    fallback = weights.get("*", 0.0)
    return "ja" if weights.get("ja", fallback / 2) > weights.get("en", fallback) else "en"


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
