"""Owns reservations, from the draft to their end. Never knows what is said about them in a chat (S1-47, S1-80)."""

from __future__ import annotations

from contracts.booking import (
    BeginPledge,
    CancelReservation,
    DeclineReservation,
    ExpireReservation,
    GetBooking,
    HoldSlot,
    ListBookings,
    PledgeReservation,
    ReportNoShow,
    WithdrawReservation,
)
from contracts.offer import PlanPublished
from infra.group import Group
from infra.settings import lanes_of
from storage import booking as tables
from workers.booking import queries
from workers.booking.rules import absences, drafts, plans, pledges, state

group = Group(
    "booking",
    tables={state.Reservation: tables.reservation, state.Plan: tables.plan, state.Day: tables.day},
    aggregates={"reservation": state.Reservation},
    partitions=lanes_of("booking"),
    metadata=tables.metadata,
)

group.on(PlanPublished, plans.note_plan)
group.on(HoldSlot, drafts.hold_slot)
group.on(WithdrawReservation, drafts.withdraw_reservation)
group.on(DeclineReservation, drafts.decline_reservation)
group.on(ExpireReservation, drafts.expire_reservation)
group.on(BeginPledge, pledges.begin_pledge)
group.on(PledgeReservation, pledges.pledge_reservation)
group.on(CancelReservation, pledges.cancel_reservation)
group.on(ReportNoShow, absences.report_no_show)

group.answers(GetBooking, queries.booking)
group.answers(ListBookings, queries.bookings)
