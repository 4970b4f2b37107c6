"""Opens what was sealed to a domain, with the key that this installation made for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from contracts.sealed import Sealed
from infra.keys import Keys
from infra.sealing import open_
from infra.settings import settings


def unsealing(domain: str) -> Callable[[Sealed], bytes]:
    """Raises Unsealable, a ValueError, for a box that this key does not open, FileNotFoundError where no key was made."""
    return lambda sealed: open_(key_of(domain), sealed)


@cache
def key_of(domain: str) -> bytes:
    """The domain's private key. Raises FileNotFoundError where none was made."""
    return Keys(settings().folder).opening(domain)
