"""A circuit breaker without calls: it watches heartbeats and waiting steps (architecture.md section 8, S3-90). Pure.

    closed ──absent for 15 s, or mute──▶ open ──heard again, 15 s later──▶ half open ──a probe answered──▶ closed
                                          ▲────────────absent, or a probe unanswered────────────┘

Absent is judged only by one who hears himself: when our own heartbeat does not come back either, the broker was down
or we are too slow, and that says nothing about others. Mute means that the participant lives and empties its queue
but steps are not answered. One that lives and has old messages is overloaded: the edge sheds, nothing degrades.
A refusal is an answer and never counts.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from zlib import crc32

from infra.decision import Row

Mode = Literal["off", "operator", "automatic"]
Circuit = Literal["closed", "open", "half_open"]

ABSENT = timedelta(seconds=15)
COOLING = timedelta(seconds=15)
FEWEST = 10
LATE_SHARE = 0.5
KEEPS_UP = 5.0
"""Seconds; a participant whose oldest message is younger reads its queue."""

PROBES = 10
"""While half open, one saga in so many takes the normal road."""


@dataclass(frozen=True, slots=True)
class Pulse(Row):
    """The last heartbeat of a domain, by the sender's clock; `since` when it has been beating without a gap."""

    domain: str
    last: datetime
    since: datetime
    oldest_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Load(Row):
    """How many steps wait for a participant, and how many of them missed a deadline."""

    participant: str
    waiting: int
    late: int


@dataclass(frozen=True, slots=True)
class Breaker(Row):
    """`off` never degrades, `operator` only while `forced`, `automatic` also by what the breaker sees."""

    participant: str
    mode: Mode
    forced: bool = False
    state: Circuit = "closed"
    since: datetime | None = None
    sequence: int = 0

    @property
    def circuit(self) -> Circuit:
        if self.mode == "off":
            return "closed"
        if self.forced:
            return "open"
        return self.state if self.mode == "automatic" else "closed"

    def blocks(self, key: str) -> bool:
        """Whether the saga of this key takes the alternative."""
        return self.circuit == "open" or (self.circuit == "half_open" and not is_probe(key))


def is_probe(key: str) -> bool:
    return crc32(key.encode()) % PROBES == 0


def beaten(pulse: Pulse | None, domain: str, at: datetime, oldest_seconds: float, now: datetime) -> Pulse:
    """A heartbeat came. One from the future counts as now, lest a fast clock keep a dead process alive."""
    at = min(at, now)
    if pulse is None:
        return Pulse(domain, at, at, oldest_seconds)
    if at <= pulse.last:
        return pulse
    since = pulse.since if at - pulse.last <= ABSENT else at
    return Pulse(domain, at, since, oldest_seconds)


def judged(breaker: Breaker, ours: Pulse | None, theirs: Pulse | None, load: Load | None, now: datetime) -> Breaker:
    """The breaker in the light of what is known now. One that was never heard is waited for from when we began to listen."""
    if breaker.mode != "automatic":
        return _to(breaker, "closed", now)
    if ours is None or now - ours.last > ABSENT:
        return breaker
    if now - max(theirs.last if theirs else ours.since, ours.since) > ABSENT:
        return _to(breaker, "open", now)
    if theirs is None:
        return breaker
    if breaker.state == "closed" and _mute(theirs, load):
        return _to(breaker, "open", now)
    heard_again = now - theirs.last <= ABSENT
    if breaker.state == "open" and heard_again and breaker.since is not None and now - breaker.since >= COOLING:
        return _to(breaker, "half_open", now)
    return breaker


def probed(breaker: Breaker, answered: bool, now: datetime) -> Breaker:
    """A saga that took the normal road while half open was answered, or was not."""
    if breaker.state != "half_open":
        return breaker
    return _to(breaker, "closed" if answered else "open", now)


def _mute(theirs: Pulse, load: Load | None) -> bool:
    if load is None or load.waiting < FEWEST or theirs.oldest_seconds > KEEPS_UP:
        return False
    return load.late / load.waiting >= LATE_SHARE


def _to(breaker: Breaker, state: Circuit, now: datetime) -> Breaker:
    return breaker if breaker.state == state else replace(breaker, state=state, since=now)
