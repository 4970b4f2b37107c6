"""Whoever gets a task from somebody else is told."""

from __future__ import annotations

import pytest

from contracts.notification import NotificationSent
from contracts.tasks import TaskCreated
from infra.spec import Spec
from workers.notification import group
from workers.notification.rules.mailbox import Notification


@pytest.mark.req("S2-11")
def test_the_assignee_is_told_unless_it_was_his_own_doing() -> None:
    own = TaskCreated(task_id="T-1", user_id="U-1", title="掃除", created_by="U-1")
    spec = Spec(group).when(own).then().when(own.model_copy(update={"created_by": "boss"}))
    (told,) = spec.sent
    assert isinstance(told, NotificationSent) and (told.recipient, told.subject_id) == ("U-1", "T-1")
    note = spec.row(Notification, told.notification_id)
    assert note and "掃除" in note.ja and "掃除" in note.en and note.link == "/v1/tasks/T-1"
