"""When two e-mail addresses are the same, and how a rule reads one."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple, Protocol

from contracts.sealed import Sealed


def canonical(email: str) -> str:
    """What is compared: Unicode's compatible forms are one (NFKC), and so are upper and lower case on both sides of the @.

    The standard lets a host tell `Taro` from `taro`. None that matters does, and two users would be taken for one by
    people. What was written is kept for writing to it.
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email).casefold())


class Written(NamedTuple):
    """An address as it was written, and the keyed digest of its canonical form."""

    email: str
    digest: str


class Emails(Protocol):
    """Opens a seal, with identity's own key. Raises ValueError for what cannot be opened or is no address."""

    def __call__(self, sealed: Sealed, /) -> Written: ...
