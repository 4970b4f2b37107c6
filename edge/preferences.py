"""`Prefer: wait=5` (RFC 7240): how long the caller would rather wait than poll."""

from __future__ import annotations

import re

LONGEST = 30
WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*\"?(\d{1,6})\"?\s*(?=$|[,;])", re.IGNORECASE)


def wait(prefer: str) -> int:
    """Seconds, 30 at most; 0 for no wish and for one that can't be read, as a preference is never an error."""
    found = WAIT.search(prefer) if prefer else None
    return min(int(found[1]), LONGEST) if found else 0
