"""Stock is promised whole or not at all, and never twice: `held -> confirmed | released | expired` (S3-11, S3-16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from contracts.inventory import (
    ConfirmReservation,
    ExpireReservation,
    ReleaseReservation,
    ReservationConfirmed,
    ReservationRefused,
    ReservationReleased,
    ReserveStock,
    ReturnStock,
    StockReserved,
    StockReturned,
    demand,
)
from infra.decision import After, Cancel, Decision, Gone, Outcomes, Rows
from workers.inventory.rules.shelf import Shelf
from workers.inventory.rules.state import Oversold, Product, Reservation, derived, priced

HOLD_FOR = timedelta(minutes=10)
"""How long stock is held unless the installation says otherwise."""

Why = Literal["unknown_product", "insufficient_stock", "reservation_expired", "invalid_state"]


def reserving(hold_for: timedelta = HOLD_FOR) -> Decision[ReserveStock]:
    """The rule for installations that hold stock this long."""

    def reserve_stock(command: ReserveStock, rows: Rows, now: datetime) -> Outcomes:
        """Hold every line or none. An order that asks again gets its first answer, whatever lines it names now."""
        known = rows.get(Reservation, command.order_id)
        shelf = Shelf(rows, now)
        if known:
            yield from _again(known, shelf, now)
            return
        wanted = demand(command.lines)
        products = rows.each(Product, wanted)
        if unknown := [sku for sku in wanted if sku not in products]:
            yield _refused(command.order_id, "unknown_product", command.customer_id, unknown)
            return
        yield from shelf.make_room(wanted)
        if short := shelf.short(wanted):
            yield _refused(command.order_id, "insufficient_stock", command.customer_id, short)
        else:
            shelf.hold(wanted)
            lines = [priced(line, products[line.sku].name, products[line.sku].unit_price) for line in command.lines]
            category = command.category or products[command.lines[0].sku].category
            reservation = Reservation(command.order_id, command.customer_id, category, "held", lines, now + hold_for, now)
            yield reservation
            yield _reserved(reservation)
            yield After(reservation.expires_at, ExpireReservation(order_id=command.order_id, category=category))
        yield from shelf.outcomes()

    return reserve_stock


def confirm_reservation(command: ConfirmReservation, rows: Rows, now: datetime) -> Outcomes:
    """What was held is sold. Past its time it is lost, even when its timer has not rung yet."""
    reservation = rows.get(Reservation, command.order_id)
    shelf = Shelf(rows, now)
    if reservation is None:
        yield _refused(command.order_id, "invalid_state")
    elif reservation.status == "confirmed":
        yield _confirmed(reservation)
    elif reservation.is_overdue(now):
        yield from shelf.expire(reservation)
        yield _refused(command.order_id, "reservation_expired", reservation.customer_id)
    elif reservation.status == "held":
        shelf.give_back(reservation.quantities)
        yield from sell(reservation, shelf)
        yield replace(reservation, status="confirmed")
        yield _confirmed(reservation)
        yield Cancel(ExpireReservation, command.order_id)
    else:
        why: Why = "reservation_expired" if reservation.status == "expired" else "invalid_state"
        yield _refused(command.order_id, why, reservation.customer_id)
    yield from shelf.outcomes()


def release_reservation(command: ReleaseReservation, rows: Rows, now: datetime) -> Outcomes:
    """Give back what is held. A release that overtakes its reservation closes it beforehand."""
    reservation = rows.get(Reservation, command.order_id)
    shelf = Shelf(rows, now)
    if reservation is None:
        reservation = Reservation(command.order_id, "", command.category, "released", [], now, now)
        yield reservation
    elif reservation.status == "confirmed":
        yield _refused(command.order_id, "invalid_state", reservation.customer_id)
        return
    elif reservation.status == "held":
        shelf.give_back(reservation.quantities)
        yield replace(reservation, status="released")
        yield Cancel(ExpireReservation, command.order_id)
    yield ReservationReleased(order_id=command.order_id, customer_id=reservation.customer_id)
    yield from shelf.outcomes()


def expire_reservation(command: ExpireReservation, rows: Rows, now: datetime) -> Outcomes:
    """The timer rang. Whatever ended the reservation before has ended it; one that rings too early rings again."""
    reservation = rows.get(Reservation, command.order_id)
    if reservation is None or reservation.status != "held":
        return
    if reservation.is_overdue(now):
        shelf = Shelf(rows, now)
        yield from shelf.expire(reservation)
        yield from shelf.outcomes()
    else:
        yield After(reservation.expires_at, command)


def return_stock(command: ReturnStock, rows: Rows, now: datetime) -> Outcomes:
    """What was sold is on the shelf again, once. One that overtakes the sale prevents it."""
    reservation = rows.get(Reservation, command.order_id)
    shelf = Shelf(rows, now)
    if reservation is None:
        reservation = Reservation(command.order_id, "", command.category, "released", [], now, now, returned=True)
        yield reservation
    elif reservation.status == "held":
        yield _refused(command.order_id, "invalid_state", reservation.customer_id)
        return
    elif not reservation.returned:
        yield replace(reservation, returned=True)
        if reservation.status == "confirmed":
            yield from _take_back(reservation, shelf, rows)
    yield StockReturned(order_id=command.order_id, customer_id=reservation.customer_id)
    yield from shelf.outcomes()


def sell(reservation: Reservation, shelf: Shelf) -> Outcomes:
    """A sale of each sku, of stock that is available."""
    yield from shelf.move_for(reservation, "sale", {sku: -quantity for sku, quantity in reservation.quantities.items()})


def _take_back(reservation: Reservation, shelf: Shelf, rows: Rows) -> Outcomes:
    order_id = reservation.order_id
    shelf.fetch(reservation.quantities)
    yield from shelf.move_for(reservation, "return", reservation.quantities)
    for key in rows.each(Oversold, [derived("oversold", order_id, sku) for sku in reservation.short_skus]):
        yield Gone(Oversold, key)


def _again(reservation: Reservation, shelf: Shelf, now: datetime) -> Outcomes:
    if reservation.is_overdue(now):
        yield from shelf.expire(reservation)
        yield from shelf.outcomes()
        yield _refused(reservation.order_id, "reservation_expired", reservation.customer_id)
    elif reservation.status == "held":
        yield _reserved(reservation)
    else:
        why: Why = "reservation_expired" if reservation.status == "expired" else "invalid_state"
        yield _refused(reservation.order_id, why, reservation.customer_id)


def _reserved(reservation: Reservation) -> StockReserved:
    return StockReserved(
        order_id=reservation.order_id,
        customer_id=reservation.customer_id,
        lines=reservation.priced_lines,
        expires_at=reservation.expires_at,
    )


def _confirmed(reservation: Reservation) -> ReservationConfirmed:
    return ReservationConfirmed(order_id=reservation.order_id, customer_id=reservation.customer_id)


def _refused(order_id: str, reason: Why, customer_id: str = "", skus: list[str] | None = None) -> ReservationRefused:
    return ReservationRefused(order_id=order_id, customer_id=customer_id, reason=reason, skus=tuple(skus or ()))
