"""An invitation: booking holds the slot, the card lies in the room and follows the reservation (S1-60 … S1-68).

The card is a message that never changes; how it stands is the copy of the reservation beside it. Each change of it that
a guest or a cast must see is a message too: the wax seal of a pledge, or that the invitation is closed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from contracts.booking import HoldRefused, HoldSlot, ReservationChanged, WithdrawReservation
from contracts.chat import CardStatus, InvitationOverdue, InvitationRefused, InvitationSent, MessageKind, SendInvitation, room_of
from infra.decision import After, Cancel, Outcomes, Rows, newer
from workers.chat.rules.messages import Post
from workers.chat.rules.state import Invitation, Message, Room, message_of

PATIENCE = timedelta(seconds=30)
"""How long booking may take to answer."""
PLEDGED = ("confirmed", "cancelled_by_guest", "cancelled_by_cast", "no_show_guest", "no_show_cast")


def send_invitation(command: SendInvitation, rows: Rows, now: datetime) -> Outcomes:
    """There is no card without a hold, so booking is asked first."""
    known = rows.get(Invitation, command.reservation_id)
    if known is None:
        wish = command.model_dump()
        yield Invitation(command.reservation_id, command.cast_id, command.guest_id, "asked", "", {}, None, None, None)
        yield HoldSlot(**wish)
        overdue = InvitationOverdue(reservation_id=command.reservation_id, cast_id=command.cast_id)
        yield After(now + PATIENCE, overdue)
    elif known.status == "refused" or known.cast_id != command.cast_id:
        yield _refused(command.reservation_id, command.cast_id, known.reason or "invalid_state")
    elif known.status != "asked":
        yield _sent(known)


def hold_refused(event: HoldRefused, rows: Rows, now: datetime) -> Outcomes:
    known = rows.get(Invitation, event.reservation_id)
    if known and known.status == "asked":
        yield replace(known, status="refused", reason=event.reason)
        yield _refused(known.reservation_id, known.cast_id, event.reason)
        yield Cancel(InvitationOverdue, known.reservation_id)


def overdue(command: InvitationOverdue, rows: Rows, now: datetime) -> Outcomes:
    """Booking is silent: the invitation is refused, and a hold that comes late finds that it was withdrawn."""
    known = rows.get(Invitation, command.reservation_id)
    if known and known.status == "asked":
        yield replace(known, status="refused", reason="booking_timeout")
        yield WithdrawReservation(reservation_id=known.reservation_id, cast_id=known.cast_id, beforehand=True)
        yield _refused(known.reservation_id, known.cast_id, "booking_timeout")


def follow(event: ReservationChanged, rows: Rows, now: datetime) -> Outcomes:
    """The newest version wins: what comes late changes nothing, and what was missed is made up for."""
    room = rows.get(Room, room_of(event.cast_id, event.guest_id))
    known = rows.get(Invitation, event.reservation_id)
    if event.plan is None or (known and (known.status == "refused" or not newer(known, event))):
        return
    status: CardStatus = "open" if event.status == "draft" else event.status
    card = Invitation(
        event.reservation_id, event.cast_id, event.guest_id, status, "", event.plan.model_dump(), event.starts_at,
        event.ends_at, event.expires_at, event.version,
    )  # fmt: skip
    yield card
    yield from _posted(card, room, rows, now)
    if known and known.status == "asked":
        yield _sent(card)
        yield Cancel(InvitationOverdue, card.reservation_id)


def _posted(card: Invitation, room: Room | None, rows: Rows, now: datetime) -> Outcomes:
    """The messages that a card in this state has, as far as they are not there."""
    name, room_id = card.reservation_id, room_of(card.cast_id, card.guest_id)
    kinds: list[MessageKind] = ["invitation"]
    if card.status in PLEDGED:
        kinds.append("seal")
    if card.status not in ("open", "confirmed"):
        kinds.append("closed")
    there = rows.each(Message, [message_of(name, kind) for kind in kinds])
    post = Post(room or Room(room_id, card.cast_id, card.guest_id, 0, now, now), now)
    senders = {"invitation": card.cast_id, "seal": card.guest_id, "closed": _closed_by(card)}
    for kind in kinds:
        if (message_id := message_of(name, kind)) not in there:
            yield from post.message(message_id, kind, senders[kind], name)
    yield post.room


def _closed_by(card: Invitation) -> str:
    """Who ended it; nobody has where its time was over."""
    by_cast = ("withdrawn", "cancelled_by_cast", "no_show_guest")
    by_guest = ("declined", "cancelled_by_guest", "no_show_cast")
    return card.cast_id if card.status in by_cast else card.guest_id if card.status in by_guest else ""


def _sent(card: Invitation) -> InvitationSent:
    assert card.starts_at and card.expires_at  # what is neither asked nor refused has its times
    return InvitationSent(
        reservation_id=card.reservation_id, room_id=room_of(card.cast_id, card.guest_id),
        message_id=message_of(card.reservation_id, "invitation"), cast_id=card.cast_id, guest_id=card.guest_id,
        plan=card.plan, starts_at=card.starts_at, expires_at=card.expires_at,  # type: ignore[arg-type]  # pydantic reads it
    )  # fmt: skip


def _refused(reservation_id: str, cast_id: str, reason: str) -> InvitationRefused:
    return InvitationRefused(reservation_id=reservation_id, cast_id=cast_id, reason=reason)
