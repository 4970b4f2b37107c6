"""Pages of a list. A query asks for one row more than it shows, which says whether there is a next page.

A cursor is the place of the last row that was shown: its id, or, where a list is sorted newest first, moment and id.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

R = TypeVar("R")
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


def page(found: Sequence[R], limit: int, place: Callable[[R], str]) -> tuple[Sequence[R], str | None]:
    """What is shown of the `limit + 1` rows that were asked for, and the cursor of the next page if there is one."""
    shown = found[:limit]
    return shown, place(shown[-1]) if len(found) > limit else None
