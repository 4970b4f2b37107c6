"""Opens what was sealed to chat, with the key that this installation made for it."""

from __future__ import annotations

from functools import cache

from contracts.sealed import Sealed
from infra.keys import Keys
from infra.sealing import Unsealable, open_
from infra.settings import settings


def unseal(sealed: Sealed) -> bytes:
    """Raises ValueError for a box that this key does not open, FileNotFoundError where no key was made."""
    try:
        return open_(_key(), sealed)
    except Unsealable as error:
        raise ValueError(str(error)) from error


@cache
def _key() -> bytes:
    return Keys(settings().folder).opening("chat")
