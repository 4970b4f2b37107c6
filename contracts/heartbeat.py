"""A domain says that it is alive. Transient: never stored in an outbox, worthless when late."""

from __future__ import annotations

from datetime import datetime

from contracts.message import Event


class DomainBeat(Event):
    """Every 5 s from each process that owns a lane of the domain; `oldest_seconds` is the age of its oldest message."""

    topic = "heartbeat.beat.v1"
    about = "domain"
    kept = "nothing"
    domain: str
    at: datetime
    oldest_seconds: float = 0.0
