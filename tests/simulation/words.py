"""What the simulated domains say to each other, and the rows they keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contracts.message import Command, Event, Refusal
from infra.decision import Row
from infra.process import Progress, State
from tests.simulation.clock import BEGAN

LARGEST = 1_000_000
"""Amounts from here on are refused by the database alone."""


class Place(Command):
    topic, about = "stall.place.v1", "order"
    order: str
    wallet: str
    items: dict[str, int]
    price: int


class Overdue(Command):
    topic, about = "stall.overdue.v1", "order"
    order: str
    asks: int


class Placed(Event):
    topic, about, aggregate = "stall.placed.v1", "order", "purchase"
    order: str


class Ended(Event):
    """Three groups hear it, and two of them send a note because of it."""

    topic, about, aggregate = "stall.ended.v1", "order", "purchase"
    order: str
    how: str


class Reserve(Command):
    topic, about = "shelf.reserve.v1", "order"
    order: str
    items: dict[str, int]


class Release(Command):
    topic, about = "shelf.release.v1", "order"
    order: str


class Hand(Command):
    topic, about = "shelf.hand.v1", "order"
    order: str


class Fatal(Command):
    """Kills the process that decides it."""

    topic, about = "shelf.fatal.v1", "order"
    order: str


class Reserved(Event):
    topic, about = "shelf.reserved.v1", "order"
    order: str


class Unavailable(Refusal):
    topic, about = "shelf.unavailable.v1", "order"
    order: str
    reason: str = "unavailable"


class Released(Event):
    topic, about = "shelf.released.v1", "order"
    order: str


class Handed(Event):
    topic, about = "shelf.handed.v1", "order"
    order: str


class Deposit(Command):
    """Raises before `until`; the database refuses `LARGEST`."""

    topic, about = "purse.deposit.v1", "wallet"
    wallet: str
    number: int
    amount: int
    until: float = 0.0


class Save(Command):
    """Puts an amount into the wallet later, by a timer."""

    topic, about, key = "purse.save.v1", "saving", "wallet"
    saving: str
    wallet: str
    amount: int
    seconds: float


class Mature(Command):
    topic, about, key = "purse.mature.v1", "saving", "wallet"
    saving: str
    wallet: str
    amount: int


class Charge(Command):
    topic, about, key = "purse.charge.v1", "order", "wallet"
    order: str
    wallet: str
    amount: int


class Refund(Command):
    topic, about, key = "purse.refund.v1", "order", "wallet"
    order: str
    wallet: str


class Charged(Event):
    topic, about = "purse.charged.v1", "order"
    order: str


class NotCharged(Refusal):
    topic, about = "purse.not-charged.v1", "order"
    order: str
    reason: str = "poor"


class Refunded(Event):
    topic, about = "purse.refunded.v1", "order"
    order: str


class Moved(Event):
    topic, about, aggregate = "purse.moved.v1", "wallet", "wallet"
    wallet: str
    balance: int


class Note(Command):
    topic, about = "witness.note.v1", "order"
    order: str
    who: str


@dataclass(frozen=True, slots=True)
class Purchase(Progress):
    order: str
    wallet: str
    items: dict[str, int]
    price: int
    sequence: int = 0
    saga: str = ""
    version: int = 1
    state: State = "running"
    backwards: bool = False
    step: str = ""
    waits_for: str = ""
    attempts: int = 0
    asks: int = 0
    deadline: datetime | None = None
    failed: str = ""
    reason: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    updated_at: datetime = BEGAN
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Hold(Row):
    order: str
    status: str
    items: dict[str, int]


@dataclass(frozen=True, slots=True)
class Stock(Row):
    item: str
    on_hand: int
    reserved: int = 0

    @property
    def holds(self) -> bool:
        return 0 <= self.reserved <= self.on_hand


@dataclass(frozen=True, slots=True)
class Payment(Row):
    order: str
    status: str
    amount: int


@dataclass(frozen=True, slots=True)
class Saving(Row):
    saving: str
    status: str


@dataclass(frozen=True, slots=True)
class Wallet(Row):
    wallet: str
    balance: int
    sequence: int = 0

    @property
    def holds(self) -> bool:
        return self.balance >= 0


@dataclass(frozen=True, slots=True)
class Entry(Row):
    """Its key says its place in the wallet and not its reason: a second effect is not hidden by a constraint."""

    id: str
    wallet: str
    place: int
    amount: int
    why: str


@dataclass(frozen=True, slots=True)
class Noted(Row):
    id: str
    times: int


@dataclass(frozen=True, slots=True)
class Known(Row):
    """A message of which the chronicle was told."""

    id: str
    kind: str
    times: int


@dataclass(frozen=True, slots=True)
class Stream(Row):
    """The numbers of the events of one aggregate, as they arrived."""

    name: str
    seen: list[int]
