"""The copy of users: names of assignees without asking anybody (S0-25, S0-46, S0-84)."""

from __future__ import annotations

from datetime import datetime

from contracts.identity import UserChecked, UserCreated
from infra.decision import Outcomes, Rows, newer
from workers.tasks.rules.task import Person


def note_user(event: UserCreated | UserChecked, rows: Rows, now: datetime) -> Outcomes:
    """The highest version wins, in whatever order they come: identity counts them."""
    known = rows.get(Person, event.user_id)
    if newer(known, event):
        yield Person(event.user_id, event.name, event.status, event.version)
