"""The one place where the kernel's shell asks what time it is; rules get the time as an argument.

A process goes by the clock of its database and carries it on with its own monotonic clock. So several machines agree
within a quarter of a second, and whoever sets a machine's clock moves no timer, no lease and no id.
"""

import time
from datetime import UTC, datetime, timedelta

WORTH_A_JUMP = timedelta(milliseconds=250)

_then, _since = datetime.now(UTC), time.monotonic()


def utcnow() -> datetime:
    return _then + timedelta(seconds=time.monotonic() - _since)


def milliseconds() -> int:
    """Since 1970, as the first 48 bits of an id tell them."""
    return int(utcnow().timestamp() * 1000)


def agree(theirs: datetime, asked: datetime) -> None:
    """The database, asked when it was `asked` here, said that it is `theirs`.

    An answer may be heard late, on a busy machine by seconds: what lies between question and answer is no difference.
    Until the first time it is what the machine believed at the start.
    """
    global _then, _since
    if not asked - WORTH_A_JUMP <= theirs <= utcnow() + WORTH_A_JUMP:
        _then, _since = theirs, time.monotonic()
