"""Telling again what happened, to a reader that builds its view anew."""

from __future__ import annotations

from datetime import datetime

from contracts.eventstore import EventsReplayed, ReplayEvents
from infra.decision import Outcomes, RowsAndCause
from workers.eventstore.rules.pages import page
from workers.eventstore.rules.state import following_of


def replay(command: ReplayEvents, rows: RowsAndCause, now: datetime) -> Outcomes:
    """One page. After the last one, what was recorded since begins at its end."""
    found = following_of(rows, command.types, command.after_position, command.limit)
    items = page(found)
    last = len(items) == len(found) and len(found) < command.limit
    end = items[-1].position if items else command.after_position
    yield EventsReplayed(
        replay_id=command.replay_id, reader=rows.cause.source, items=items, next_position=end, last=last
    )  # fmt: skip
