"""Named places where a test may let a process die: `HIKYAKU_FAILPOINT=transaction.after_commit:3` kills at the third hit."""

import os
import signal
from collections.abc import Callable


def _armed(place: str) -> Callable[[str], None]:
    name, _, hits = place.partition(":")
    left = int(hits or 1)

    def hit(here: str) -> None:
        nonlocal left
        if here == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return hit


def _idle(here: str) -> None:
    """Disabled: the usual case costs one call."""


failpoint = _armed(place) if (place := os.environ.get("HIKYAKU_FAILPOINT", "")) else _idle
