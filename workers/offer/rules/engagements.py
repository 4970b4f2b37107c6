"""What the cast has promised by any plan, copied from booking: it can't be offered again (S1-22, S1-24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts.booking import ReservationChanged
from infra.decision import Outcomes, Row, Rows, newer

STATES: Mapping[str, Literal["held", "taken", "over"]] = {"draft": "held", "confirmed": "taken"}


@dataclass(frozen=True, slots=True)
class Engagement(Row):
    """One reservation as far as it takes time of the cast; `over` when it takes none any more."""

    reservation_id: str
    cast_id: str
    starts_at: datetime
    ends_at: datetime
    state: Literal["held", "taken", "over"]
    version: int


def note(event: ReservationChanged, rows: Rows, now: datetime) -> Outcomes:
    """The newest version wins, in whatever order they come."""
    known = rows.get(Engagement, event.reservation_id)
    if newer(known, event):
        state = STATES.get(event.status, "over")
        yield Engagement(event.reservation_id, event.cast_id, event.starts_at, event.ends_at, state, event.version)
