"""The published language of notification: what a user is told, and the history of it (S2-11, S2-66, S2-67, X-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from contracts.message import Answer, Command, Event, Id, Query, Refusal

Name: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Value: TypeAlias = Annotated[str, StringConstraints(max_length=200)] | int


# What happened


class NotificationSent(Event):
    """It stands in the recipient's history. Its text stays there: others need no more than this (S2-89).

    It is about its subject, so that a saga of that subject finds it.
    """

    topic, about, key = "notification.notification-sent.v1", "subject_id", "recipient"
    notification_id: str
    recipient: str
    kind: str
    subject_id: str


class NotificationRefused(Refusal):
    """`unknown_kind`: nobody wrote a text for it. `wrong_parameters`: the text needs others."""

    topic, about, key = "notification.notification-refused.v1", "subject_id", "recipient"
    recipient: str
    kind: str
    subject_id: str
    reason: Literal["unknown_kind", "wrong_parameters"]


class NotificationRead(Event):
    topic, about, key = "notification.notification-read.v1", "notification_id", "recipient"
    notification_id: str
    recipient: str


class ReadingRefused(Refusal):
    """There is no such notification, or it is somebody else's."""

    topic, about, key = "notification.reading-refused.v1", "notification_id", "recipient"
    notification_id: str
    recipient: str
    reason: Literal["unknown_notification"]


# What can be asked of notification


class SendNotification(Command):
    """What a saga sends that waits for the outcome; who merely says what happened is listened to.

    `kind` names a text, `parameters` fill it, `subject_id` is what it is about. The same recipient, kind, subject and
    occasion are one notification, however often it is asked for.
    """

    topic, about, key = "notification.send-notification.v1", "subject_id", "recipient"
    succeeds, fails = (NotificationSent,), (NotificationRefused,)
    recipient: Id
    kind: Name
    subject_id: Id
    occasion: str = Field(default="", max_length=64)
    parameters: dict[Name, Value] = Field(default={}, max_length=16)


class ReadNotification(Command):
    """Read again, it stays as it was read first."""

    topic, about, key = "notification.read-notification.v1", "notification_id", "recipient"
    succeeds, fails = (NotificationRead,), (ReadingRefused,)
    notification_id: Id
    recipient: Id


# What can be asked about


class Text(BaseModel):
    """The same in both languages, as it was when it was sent. Plain text: whoever shows it escapes it."""

    model_config = ConfigDict(frozen=True)

    ja: str
    en: str


class NotificationAnswer(BaseModel):
    """`link` is where its subject can be read, empty when nowhere."""

    model_config = ConfigDict(frozen=True)

    notification_id: str
    kind: str
    subject_id: str
    link: str
    text: Text
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Answer):
    """Newest first. `unread` counts the whole history that is kept."""

    items: tuple[NotificationAnswer, ...]
    unread: int
    next_cursor: str | None


class ListNotifications(Query):
    """The cursor is the one that the page before named."""

    topic, about = "notification.list-notifications.v1", "recipient"
    recipient: Id
    unread: bool = False
    cursor: str = Field(default="", pattern=r"^[0-9]{0,18}$")
    limit: int = Field(default=50, ge=1, le=200)
