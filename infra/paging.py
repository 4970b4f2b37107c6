"""Pages of a list that is sorted newest first: an opaque cursor of the last moment and id that were shown."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

END_OF_TIME = datetime(9999, 12, 31, tzinfo=UTC)


def cursor(at: datetime, identity: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{identity}".encode()).decode()


def after(written: str) -> tuple[datetime, str]:
    """Where the page before ended; a cursor that nobody gave out begins at the newest."""
    try:
        moment, _, identity = base64.urlsafe_b64decode(written).decode().partition("|")
        at = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError):
        return END_OF_TIME, ""
    return (at, identity) if at.tzinfo else (END_OF_TIME, "")
