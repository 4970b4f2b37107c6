"""Named places where a test may let a process die: `HIKYAKU_FAILPOINT=transaction.after_commit:3` kills at the third hit.

With `HIKYAKU_FAILPOINT_LOG=<file>` hits count from the moment that file exists, each death leaves a line there first, and
after `HIKYAKU_FAILPOINT_DEATHS` of them (default 1) nobody dies any more: a process that is started again lives on.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path


def _armed(place: str, log: str, deaths: int) -> Callable[[str], None]:
    name, _, hits = place.partition(":")
    left = int(hits or 1)

    def hit(here: str) -> None:
        nonlocal left
        if here != name or (log and not os.path.exists(log)):
            return
        left -= 1
        if left == 0 and (not log or _may_die(Path(log), here, deaths)):
            os.kill(os.getpid(), signal.SIGKILL)

    return hit


def _may_die(log: Path, here: str, deaths: int) -> bool:
    with log.open("r+") as lines:
        if len(lines.readlines()) >= deaths:
            return False
        lines.write(f"{here} {os.getpid()}\n")
    return True


def _idle(here: str) -> None:
    """Disabled: the usual case costs one call."""


failpoint = (
    _armed(place, os.environ.get("HIKYAKU_FAILPOINT_LOG", ""), int(os.environ.get("HIKYAKU_FAILPOINT_DEATHS", "1")))
    if (place := os.environ.get("HIKYAKU_FAILPOINT", ""))
    else _idle
)
