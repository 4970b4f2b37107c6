"""The rows of notification. Their fields are the columns of `storage/notification.py`, in name and order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from infra.decision import Row

NAMESPACE = UUID("5f0a7c62-9d3e-5b41-8c17-64e2b0d9a5f8")


def notification_id_of(recipient: str, kind: str, subject_id: str, occasion: str) -> str:
    """What is told for one cause to one recipient has one id, so it is told once."""
    return str(uuid5(NAMESPACE, f"{recipient}/{kind}/{subject_id}/{occasion}"))


@dataclass(frozen=True, slots=True)
class Mailbox(Row):
    """How much one recipient was ever told, and how much of what is kept he has not read."""

    recipient: str
    received: int = 0
    unread: int = 0

    @property
    def holds(self) -> bool:
        return 0 <= self.unread <= self.received


@dataclass(frozen=True, slots=True)
class Notification(Row):
    """`number` counts the recipient's notifications from 1."""

    notification_id: str
    recipient: str
    number: int
    kind: str
    subject_id: str
    link: str
    ja: str
    en: str
    created_at: datetime
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Surplus(Row):
    """The oldest notifications of a recipient who has more than are kept; seen without a lock, so read them first."""

    recipient: str
    notification_ids: list[str]
