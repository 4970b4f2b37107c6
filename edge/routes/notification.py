"""What a user was told (S2-11, X-4): his own history, or anybody's for an admin."""

from __future__ import annotations

from contracts.notification import ListNotifications, NotificationPage, ReadNotification
from edge.calls import Call, Intent
from edge.endpoints import Routes
from edge.fields import Request
from edge.paging import Page

routes = Routes("notifications")


class Unread(Page):
    """With `unread=true` only those that were not read."""

    unread: bool = False


class Nothing(Request):
    """Nothing needs to be said."""


@routes.get("/v1/users/{user_id}/notifications", NotificationPage, query=Unread)
async def browse(call: Call[None]) -> bytes:
    """What a user was told, newest first."""
    user_id = call.id("user_id")
    call.principal.must_see(user_id)
    wish = call.query or Unread()
    return await call.ask(
        ListNotifications(recipient=user_id, unread=wish.unread, cursor=wish.cursor, limit=wish.limit)
    )  # fmt: skip


@routes.post("/v1/users/{user_id}/notifications/{notification_id}/read", Nothing, body_required=False, ids=("notification_id",))
async def read(call: Call[Nothing]) -> Intent:
    """Mark one as read; again changes nothing."""
    user_id, notification_id = call.id("user_id"), call.id("notification_id")
    call.principal.must_see(user_id)
    command = ReadNotification(notification_id=notification_id, recipient=user_id)
    return Intent(command, {"notification_id": notification_id}, {"notifications": f"/v1/users/{user_id}/notifications"})
