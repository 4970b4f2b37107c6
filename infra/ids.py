"""Message ids: roots are UUIDv7, what they cause is derived (architecture.md section 2).

The first 48 bits of every id are milliseconds since 1970: they place the id in a day of the inbox. A derived id
(UUIDv8, RFC 9562) takes them from the message that caused it and the rest from a SHA-256 over that id, the group,
the handler, the type and the ordinal: deciding again gives the same id, and two groups never give the same one.
"""

import hashlib
import os
from datetime import UTC, datetime, timedelta
from uuid import UUID

from infra import clock
from infra.errors import InvalidMessage

AHEAD = timedelta(minutes=10)

_LOW_48 = (1 << 48) - 1


def root(milliseconds: int | None = None) -> UUID:
    """A fresh UUIDv7."""
    stamp = milliseconds if milliseconds is not None else clock.milliseconds()
    return _shaped(stamp, int.from_bytes(os.urandom(10)), 7)


class Ordered:
    """UUIDv7 that grow within one process, also within one millisecond and when the clock steps back (RFC 9562, 6.2)."""

    def __init__(self) -> None:
        self._stamp = self._count = 0

    def next(self, milliseconds: int | None = None) -> UUID:
        stamp = milliseconds if milliseconds is not None else clock.milliseconds()
        if stamp > self._stamp:
            self._stamp, self._count = stamp, 0
        elif self._count < 0xFFF:
            self._count += 1
        else:
            self._stamp, self._count = self._stamp + 1, 0
        return _shaped(self._stamp, (self._count << 62) | int.from_bytes(os.urandom(8)) >> 2, 7)


def derived(cause: UUID, group: str, handler: str, topic: str, ordinal: int, at: datetime | None = None) -> UUID:
    """The id of the ordinal-th outcome of `cause`; `at` is the due time of a timer."""
    seed = f"{cause}|{group}|{handler}|{topic}|{ordinal}".encode()
    stamp = cause.int >> 80 if at is None else int(at.timestamp() * 1000)
    return _shaped(stamp, int.from_bytes(hashlib.sha256(seed).digest()[:10]), 8)


def _shaped(stamp: int, rest: int, version: int) -> UUID:
    high = (rest >> 62) & 0xFFF
    low = rest & ((1 << 62) - 1)
    return UUID(int=((stamp & _LOW_48) << 80) | (version << 76) | (high << 64) | (2 << 62) | low)


def moment(identity: UUID) -> datetime:
    """The time inside an id; raises InvalidMessage when it is beyond the calendar."""
    try:
        return datetime.fromtimestamp((identity.int >> 80) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidMessage("id-out-of-range") from None


def check_window(identity: UUID, now: datetime, retention: timedelta) -> None:
    """Raises InvalidMessage for an id whose day the inbox no longer keeps or does not have yet."""
    at = moment(identity)
    if not now - retention <= at <= now + AHEAD:
        raise InvalidMessage("id-out-of-range", f"{at:%Y-%m-%dT%H:%M:%SZ}")


def day_start(day: datetime) -> UUID:
    """The smallest id of that moment: a bound of a daily partition."""
    return UUID(int=int(day.timestamp() * 1000) << 80)
