"""Owns rooms and messages, and the cards of invitations. Never decides about a booking: it follows (S1-37, S1-84)."""

from __future__ import annotations

from contracts.booking import (
    HoldRefused,
    HoldSlot,
    ReservationCancelled,
    ReservationConfirmed,
    ReservationDeclined,
    ReservationExpired,
    ReservationHeld,
    ReservationMissed,
    ReservationWithdrawn,
    WithdrawReservation,
)
from contracts.chat import GetRoom, InvitationOverdue, ListMessages, ListRooms, PostMessage, SendInvitation
from infra.group import Group
from infra.settings import lanes_of
from infra.unsealing import unsealing
from storage import chat as tables
from workers.chat import queries
from workers.chat.rules import invitations, messages, state

group = Group(
    "chat",
    tables={state.Room: tables.room, state.Invitation: tables.invitation, state.Message: tables.message},
    aggregates={"room": state.Room},
    sends=(HoldSlot, WithdrawReservation),
    partitions=lanes_of("chat"),
    metadata=tables.metadata,
)

group.on(PostMessage, messages.post_message)
group.on(SendInvitation, invitations.send_invitation)
group.on(InvitationOverdue, invitations.overdue)
group.on(HoldRefused, invitations.hold_refused)
group.on(ReservationHeld, invitations.follow)
group.on(ReservationConfirmed, invitations.follow)
group.on(ReservationExpired, invitations.follow)
group.on(ReservationWithdrawn, invitations.follow)
group.on(ReservationDeclined, invitations.follow)
group.on(ReservationCancelled, invitations.follow)
group.on(ReservationMissed, invitations.follow)

group.answers(GetRoom, queries.room)
group.answers(ListRooms, queries.rooms_of)
group.answers(ListMessages, queries.opening(unsealing("chat")))
