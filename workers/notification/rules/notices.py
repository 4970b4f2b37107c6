"""Telling somebody something, once, and what he has read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from contracts.notification import (
    NotificationRead,
    NotificationRefused,
    NotificationSent,
    ReadingRefused,
    ReadNotification,
    SendNotification,
)
from infra.decision import Decision, Gone, Outcomes, Rows
from workers.notification.rules.mailbox import Mailbox, Notification, Surplus, notification_id_of
from workers.notification.rules.source import Kind

AT_ONCE = 20
"""Of the surplus, for each new notification; more than one, so that what one batch left behind melts away."""


def notify(
    rows: Rows, now: datetime, recipient: str, kind: Kind, subject: str, *, occasion: str = "", **parameters: Any
) -> Outcomes:
    """Tell the recipient about the subject. The same kind about the same subject is told once.

    What happens to one subject again and again names its `occasion`: a date, a number, an event's id. Told again after
    the recipient has got as many others as are kept, it is told again.
    """
    box = rows.get(Mailbox, recipient) or Mailbox(recipient)
    identity = notification_id_of(recipient, kind.name, subject, occasion)
    surplus = rows.get(Surplus, recipient)
    old = rows.each(Notification, [identity, *(surplus.notification_ids[:AT_ONCE] if surplus else ())])
    if old.pop(identity, None) is not None:
        return
    link, ja, en = kind.told(subject, parameters)
    number = box.received + 1
    forgotten = sum(one.read_at is None for one in old.values())
    yield replace(box, received=number, unread=box.unread + 1 - forgotten)
    yield Notification(identity, recipient, number, kind.name, subject, link, ja, en, now)
    for one in old:
        yield Gone(Notification, one)
    yield _sent(identity, recipient, kind.name, subject)


def sending(kinds: Mapping[str, Kind]) -> Decision[SendNotification]:
    """The rule with the texts that there are."""

    def send_notification(command: SendNotification, rows: Rows, now: datetime) -> Outcomes:
        """Whoever asks again hears again that it was sent."""
        who, subject = command.recipient, command.subject_id
        kind = kinds.get(command.kind)
        if kind is None:
            yield _refused(command, "unknown_kind")
            return
        try:
            kind.told(subject, command.parameters)
        except ValueError:
            yield _refused(command, "wrong_parameters")
            return
        outcomes = tuple(notify(rows, now, who, kind, subject, occasion=command.occasion, **command.parameters))
        identity = notification_id_of(who, kind.name, subject, command.occasion)
        yield from outcomes or (_sent(identity, who, kind.name, subject),)

    return send_notification


def read_notification(command: ReadNotification, rows: Rows, now: datetime) -> Outcomes:
    box = rows.get(Mailbox, command.recipient)
    notification = rows.get(Notification, command.notification_id)
    if box is None or notification is None or notification.recipient != command.recipient:
        yield ReadingRefused(notification_id=command.notification_id, recipient=command.recipient, reason="unknown_notification")
        return
    if notification.read_at is None:
        yield replace(box, unread=box.unread - 1)
        yield replace(notification, read_at=now)
    yield NotificationRead(notification_id=command.notification_id, recipient=command.recipient)


def _sent(identity: str, recipient: str, kind: str, subject_id: str) -> NotificationSent:
    return NotificationSent(notification_id=identity, recipient=recipient, kind=kind, subject_id=subject_id)


def _refused(command: SendNotification, reason: Literal["unknown_kind", "wrong_parameters"]) -> NotificationRefused:
    return NotificationRefused(recipient=command.recipient, kind=command.kind, subject_id=command.subject_id, reason=reason)
