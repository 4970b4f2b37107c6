"""Five small domains with all that the kernel offers: a saga, lanes that share rows, an ordered group, timers, histories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from contracts.record import MessagesSent
from infra.decision import After, Outcomes, Row, Rows, RowsAndCause
from infra.group import Group
from infra.process import Process, Sagas, Step
from tests.simulation import words as w
from tests.simulation.clock import Killed

PATIENCE = timedelta(seconds=2)
RETRY_DELAYS = (0.3, 1.0, 3.0)


def _die() -> None:
    """The simulation puts in its place what ends the process."""


die: Callable[[], None] = _die


# --- stall: the saga


def _ends(how: str) -> Callable[[w.Purchase], Outcomes]:
    def ending(purchase: w.Purchase) -> Outcomes:
        yield purchase
        yield w.Ended(order=purchase.order, how=how)

    return ending


def _stuck(purchase: w.Purchase) -> Outcomes:
    yield purchase


RESERVE: Step[w.Purchase] = Step(
    name="reserve", participant="shelf", within=PATIENCE, retries=1,
    do=lambda one: w.Reserve(order=one.order, items=one.items), done=w.Reserved, refused=w.Unavailable,
    undo=lambda one: w.Release(order=one.order), undone=w.Released,
)  # fmt: skip
PAY: Step[w.Purchase] = Step(
    name="pay", participant="purse", within=PATIENCE,
    do=lambda one: w.Charge(order=one.order, wallet=one.wallet, amount=one.price), done=w.Charged, refused=w.NotCharged,
    undo=lambda one: w.Refund(order=one.order, wallet=one.wallet), undone=w.Refunded,
)  # fmt: skip
HAND: Step[w.Purchase] = Step(
    name="hand", participant="shelf", within=PATIENCE, do=lambda one: w.Hand(order=one.order), done=w.Handed
)
PURCHASE: Process[w.Purchase] = Process(
    name="purchase", steps=(RESERVE, PAY, HAND), pivot="hand",
    overdue=lambda one: w.Overdue(order=one.order, asks=one.asks),
    completed=_ends("completed"), compensated=_ends("compensated"), stuck=_stuck, resumed=lambda one: one,
)  # fmt: skip
SAGAS = Sagas(w.Purchase, [PURCHASE])


def place(command: w.Place, rows: Rows, now: datetime) -> Outcomes:
    if rows.get(w.Purchase, command.order):
        return
    yield w.Placed(order=command.order)
    yield from PURCHASE.start(w.Purchase(command.order, command.wallet, command.items, command.price), rows, now)


def answered(message: Any, rows: Rows, now: datetime) -> Outcomes:
    yield from SAGAS.answer(message, rows, now)


def overdue(command: w.Overdue, rows: Rows, now: datetime) -> Outcomes:
    yield from SAGAS.silence(command.order, command.asks, rows, now)


# --- shelf: rows that two lanes want at once


def reserve(command: w.Reserve, rows: Rows, now: datetime) -> Outcomes:
    if hold := rows.get(w.Hold, command.order):
        yield w.Reserved(order=command.order) if hold.status == "held" else w.Unavailable(order=command.order)
        return
    stocks = rows.each(w.Stock, command.items)
    if any(item not in stocks or stocks[item].on_hand - stocks[item].reserved < n for item, n in command.items.items()):
        yield w.Hold(command.order, "refused", {})
        yield w.Unavailable(order=command.order)
        return
    for item, quantity in command.items.items():
        yield replace(stocks[item], reserved=stocks[item].reserved + quantity)
    yield w.Hold(command.order, "held", command.items)
    yield w.Reserved(order=command.order)


def release(command: w.Release, rows: Rows, now: datetime) -> Outcomes:
    hold = rows.get(w.Hold, command.order)
    if hold is None:
        yield w.Hold(command.order, "released", {})
    elif hold.status == "held":
        yield from _let_go(hold, rows, sold=False)
        yield replace(hold, status="released")
    yield w.Released(order=command.order)


def hand(command: w.Hand, rows: Rows, now: datetime) -> Outcomes:
    hold = rows.get(w.Hold, command.order)
    assert hold is not None, "handed out and never reserved"
    if hold.status == "held":
        yield from _let_go(hold, rows, sold=True)
        yield replace(hold, status="handed")
    yield w.Handed(order=command.order)


def _let_go(hold: w.Hold, rows: Rows, *, sold: bool) -> Outcomes:
    stocks = rows.each(w.Stock, hold.items)
    for item, n in hold.items.items():
        stock = stocks[item]
        yield replace(stock, reserved=stock.reserved - n, on_hand=stock.on_hand - n if sold else stock.on_hand)


def fatal(command: w.Fatal, rows: Rows, now: datetime) -> Outcomes:
    yield w.Hold(f"fatal {command.order}", "never", {})
    die()
    raise Killed


# --- purse: an ordered group with numbered histories and timers


def deposit(command: w.Deposit, rows: Rows, now: datetime) -> Outcomes:
    if now.timestamp() < command.until:
        raise RuntimeError("not yet")
    yield from _book(rows, command.wallet, command.amount, f"deposit {command.number}")


def save(command: w.Save, rows: Rows, now: datetime) -> Outcomes:
    yield w.Saving(command.saving, "set")
    ring = w.Mature(saving=command.saving, wallet=command.wallet, amount=command.amount)
    yield After(now + timedelta(seconds=command.seconds), ring)


def mature(command: w.Mature, rows: Rows, now: datetime) -> Outcomes:
    saving = rows.get(w.Saving, command.saving)
    assert saving is not None, "matured and never saved"
    yield replace(saving, status="matured")
    yield from _book(rows, command.wallet, command.amount, f"saving {command.saving}")


def charge(command: w.Charge, rows: Rows, now: datetime) -> Outcomes:
    if payment := rows.get(w.Payment, command.order):
        yield w.Charged(order=command.order) if payment.status == "charged" else w.NotCharged(order=command.order)
        return
    wallet = rows.get(w.Wallet, command.wallet)
    if wallet is None or wallet.balance < command.amount:
        yield w.Payment(command.order, "refused", 0)
        yield w.NotCharged(order=command.order)
        return
    yield w.Payment(command.order, "charged", command.amount)
    yield from _book(rows, command.wallet, -command.amount, f"charge {command.order}")
    yield w.Charged(order=command.order)


def refund(command: w.Refund, rows: Rows, now: datetime) -> Outcomes:
    payment = rows.get(w.Payment, command.order)
    if payment is None:
        yield w.Payment(command.order, "closed", 0)
    elif payment.status == "charged":
        yield replace(payment, status="closed")
        yield from _book(rows, command.wallet, payment.amount, f"refund {command.order}")
    yield w.Refunded(order=command.order)


def _book(rows: Rows, name: str, amount: int, why: str) -> Outcomes:
    wallet = rows.get(w.Wallet, name) or w.Wallet(name, 0)
    yield replace(wallet, balance=wallet.balance + amount)
    yield w.Entry(f"{name}-{wallet.sequence}", name, wallet.sequence, amount, why)
    yield w.Moved(wallet=name, balance=wallet.balance + amount)


# --- witness: hears everything


def note(command: w.Note, rows: Rows, now: datetime) -> Outcomes:
    noted = rows.get(w.Noted, f"{command.order} {command.who}") or w.Noted(f"{command.order} {command.who}", 0)
    yield replace(noted, times=noted.times + 1)


def witness(event: Any, rows: RowsAndCause, now: datetime) -> Outcomes:
    name = f"{event.aggregate} {event.subject}"
    stream = rows.get(w.Stream, name) or w.Stream(name, [])
    yield replace(stream, seen=[*stream.seen, rows.cause.sequence])  # type: ignore[attr-defined]  # it is the envelope


def _tells(who: str) -> Callable[[w.Ended, Rows, datetime], Outcomes]:
    def tell(event: w.Ended, rows: Rows, now: datetime) -> Outcomes:
        yield w.Note(order=event.order, who=who)

    return tell


# --- chronicle: is told of every message that leaves, as the event store is


def chronicle(sent: MessagesSent, rows: Rows, now: datetime) -> Outcomes:
    known = rows.each(w.Known, [str(item.id) for item in sent.items])
    for item in sent.items:
        before = known.get(str(item.id)) or w.Known(str(item.id), item.kind, 0)
        yield replace(before, times=before.times + 1)


# --- the groups

_TYPES: dict[str, Any] = {"int": sa.BigInteger, "bool": sa.Boolean, "str": sa.Text, "State": sa.Text}


def _table(metadata: sa.MetaData, kind: type[Row], *checks: sa.CheckConstraint) -> sa.Table:
    columns: list[sa.Column[Any]] = []
    for name in kind.__match_args__:
        type_ = str(kind.__annotations__[name])
        if type_.startswith("datetime"):
            column: Any = sa.DateTime(timezone=True)
        else:
            column = _TYPES.get(type_, JSONB)
        columns.append(sa.Column(name, column, primary_key=not columns, nullable=type_.endswith("None")))
    return sa.Table(kind.__name__.lower(), metadata, *columns, *checks)


@cache
def groups() -> tuple[Group, ...]:
    """Declarations: nothing of one schedule is seen by another."""
    stalls, shelves, purses, witnesses, chronicles = (sa.MetaData() for _ in range(5))
    stall = Group(
        "stall", tables={w.Purchase: _table(stalls, w.Purchase)}, metadata=stalls, aggregates={"purchase": w.Purchase},
        sends=(w.Reserve, w.Release, w.Hand, w.Charge, w.Refund),
    )  # fmt: skip
    stall.on(w.Place, place)
    stall.on(w.Overdue, overdue)
    for kind in SAGAS.answers:
        stall.on(kind, answered)
    shelf = Group(
        "shelf", tables={w.Hold: _table(shelves, w.Hold), w.Stock: _table(shelves, w.Stock)}, metadata=shelves,
        sends=(w.Note,), partitions=2,
    )  # fmt: skip
    shelf.on(w.Reserve, reserve)
    shelf.on(w.Release, release)
    shelf.on(w.Hand, hand)
    shelf.on(w.Fatal, fatal)
    shelf.on(w.Ended, _tells("shelf"))
    small = sa.CheckConstraint(f"amount < {w.LARGEST}", name="not_that_much")
    kinds: dict[type[Row], sa.Table] = {one: _table(purses, one) for one in (w.Payment, w.Saving, w.Wallet)}
    purse = Group(
        "purse", tables=kinds | {w.Entry: _table(purses, w.Entry, small)}, metadata=purses, aggregates={"wallet": w.Wallet},
        sends=(w.Note,), ordered=True,
    )  # fmt: skip
    purse.on(w.Deposit, deposit)
    purse.on(w.Save, save)
    purse.on(w.Mature, mature)
    purse.on(w.Charge, charge)
    purse.on(w.Refund, refund)
    purse.on(w.Ended, _tells("purse"))
    watching = Group(
        "witness", tables={w.Noted: _table(witnesses, w.Noted), w.Stream: _table(witnesses, w.Stream)}, metadata=witnesses
    )
    watching.on(w.Note, note)
    for heard in (w.Placed, w.Ended, w.Moved):
        watching.on(heard, witness)
    keeping = Group("chronicle", tables={w.Known: _table(chronicles, w.Known)}, metadata=chronicles)
    keeping.on(MessagesSent, chronicle)
    return stall, shelf, purse, watching, keeping


CHECKS: dict[str, Callable[[Any], bool]] = {"entry": lambda row: row["amount"] < w.LARGEST}
