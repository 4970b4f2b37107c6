"""Which participants are away, and which orders therefore take the degraded road (S3-90, S3-92, S3-93, S3-94).

Orders look breakers up without a lock; only heartbeats, operators and probes write them. Our own heartbeat is the
clock: each time we hear ourselves, every breaker is judged.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.heartbeat import DomainBeat
from contracts.order import ModeSet, NoteProbe, SetMode
from infra.breaker import Breaker, Load, Pulse, beaten, is_probe, judged, probed
from infra.decision import Outcomes, Rows
from workers.order.rules.order import Order

OURSELVES = "order"
DEFAULTS = {
    "inventory": Breaker("inventory", "operator"),
    "payment": Breaker("payment", "automatic"),
    "shipping": Breaker("shipping", "automatic"),
}


@dataclass(frozen=True, slots=True)
class Road(Breaker):
    """A breaker as orders see it: committed, unlocked, at most a moment old."""


def blocked(order: Order, participant: str, silent: bool, rows: Rows) -> bool:
    """A probe that was not answered takes the degraded road as well, instead of failing for its courage."""
    road = _road(participant, rows)
    return road.circuit != "closed" if silent else road.blocks(order.order_id)


def heard(order: Order, participant: str, answered: bool, rows: Rows) -> Outcomes:
    """While half open, the few orders on the normal road report how they fared."""
    if _road(participant, rows).circuit == "half_open" and is_probe(order.order_id):
        yield NoteProbe.model_validate({"participant": participant, "order_id": order.order_id, "answered": answered})


def _road(participant: str, rows: Rows) -> Breaker:
    """All of them at once: an answer asks about the participant it comes from and about the next one."""
    return rows.each(Road, DEFAULTS).get(participant) or DEFAULTS[participant]


def note_probe(command: NoteProbe, rows: Rows, now: datetime) -> Outcomes:
    breaker = rows.get(Breaker, command.participant) or DEFAULTS[command.participant]
    yield probed(breaker, command.answered, now)


def note_beat(beat: DomainBeat, rows: Rows, now: datetime) -> Outcomes:
    """Participants and ourselves; other domains are nobody an order waits for."""
    if beat.domain != OURSELVES and beat.domain not in DEFAULTS:
        return
    if beat.domain != OURSELVES:
        yield beaten(rows.get(Pulse, beat.domain), beat.domain, beat.at, beat.oldest_seconds, now)
        return
    breakers = {**DEFAULTS, **rows.each(Breaker, DEFAULTS)}
    pulses = rows.each(Pulse, (*DEFAULTS, OURSELVES))
    loads = rows.each(Load, DEFAULTS)
    ours = beaten(pulses.get(OURSELVES), OURSELVES, beat.at, beat.oldest_seconds, now)
    yield ours
    for name, breaker in breakers.items():
        yield judged(breaker, ours, pulses.get(name), loads.get(name), now)


def set_mode(command: SetMode, rows: Rows, now: datetime) -> Outcomes:
    """Skipping the stock check can oversell: `automatic` for inventory means `operator`."""
    before = rows.get(Breaker, command.participant) or DEFAULTS[command.participant]
    mode = "operator" if command.participant == "inventory" and command.mode == "automatic" else command.mode
    forced = command.open and mode != "off"
    # A new mode starts from a closed breaker; the next heartbeat opens it again where that is due.
    after = replace(before, mode=mode, forced=forced, state="closed", since=now)
    yield after
    yield ModeSet(participant=after.participant, mode=after.mode, open=after.circuit == "open")
