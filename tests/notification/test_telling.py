"""What is told, to whom, and how often."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.notification import (
    NotificationRead,
    NotificationRefused,
    NotificationSent,
    ReadingRefused,
    ReadNotification,
    SendNotification,
)
from contracts.order import OrderDelivered, OrderFailed, OrderShipped
from infra.spec import NOON, Spec
from workers.notification import group, kinds, sources
from workers.notification.rules.mailbox import Mailbox, Notification, Surplus, notification_id_of
from workers.notification.rules.source import Kind

SHIPPED = OrderShipped(order_id="O-1", customer_id="CUST-001")
FIRST = notification_id_of("CUST-001", "order_shipped", "O-1", "")
SENT = NotificationSent(notification_id=FIRST, recipient="CUST-001", kind="order_shipped", subject_id="O-1")
NOTE = Notification(
    FIRST,
    "CUST-001",
    1,
    "order_shipped",
    "O-1",
    "/v1/orders/O-1",
    "ご注文 O-1 を発送しました。",
    "Order O-1 is on its way.",
    NOON,
)
LATER = NOON + timedelta(hours=1)


def read(identity: str = FIRST, recipient: str = "CUST-001") -> ReadNotification:
    return ReadNotification(notification_id=identity, recipient=recipient)


@pytest.mark.req("S2-11", "S2-89", "X-4")
def test_what_happened_is_told_in_both_languages() -> None:
    Spec(group).when(SHIPPED).then(SENT).leaves(NOTE, Mailbox("CUST-001", received=1, unread=1))


@pytest.mark.req("S2-11")
def test_an_event_told_twice_notifies_once() -> None:
    """Under another message id, so that the inbox does not know it; in one batch and in two."""
    Spec(group).when(SHIPPED, SHIPPED).then(SENT).when(SHIPPED).then().leaves(Mailbox("CUST-001", 1, 1))


def test_each_event_finds_its_customer() -> None:
    delivered = OrderDelivered(order_id="O-1", customer_id="CUST-001")
    failed = OrderFailed(order_id="O-2", customer_id="CUST-002", reason="card_declined", step="charge")
    told = Spec(group).when(SHIPPED, delivered, failed)
    assert [one.recipient for one in told.sent if isinstance(one, NotificationSent)] == ["CUST-001", "CUST-001", "CUST-002"]
    told.leaves(Mailbox("CUST-001", 2, 2), Mailbox("CUST-002", 1, 1))
    note = told.row(Notification, notification_id_of("CUST-002", "order_failed", "O-2", ""))
    assert note and "card_declined" in note.ja and "card_declined" in note.en


@pytest.mark.req("S2-66", "S2-67")
def test_a_saga_may_ask_and_ask_again() -> None:
    """The answer is about the subject, which is the saga's key."""
    ask = SendNotification(recipient="CUST-001", kind="order_shipped", subject_id="O-1")
    Spec(group).when(ask).then(SENT).when(ask).then(SENT).leaves(Mailbox("CUST-001", 1, 1))
    assert SENT.subject == "O-1"


def test_an_occasion_makes_the_same_subject_news_again() -> None:
    monday, tuesday = (
        SendNotification(recipient="CUST-001", kind="order_shipped", subject_id="O-1", occasion=day) for day in ("mon", "tue")
    )
    Spec(group).when(monday, tuesday).leaves(Mailbox("CUST-001", 2, 2))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "unheard_of"}, "unknown_kind"),
        ({"parameters": {"colour": "red"}}, "wrong_parameters"),
        ({"kind": "order_failed"}, "wrong_parameters"),
    ],
)
def test_what_cannot_be_told_is_refused_before_anything_is_stored(change: dict[str, object], reason: str) -> None:
    ask = SendNotification.model_validate({"recipient": "CUST-001", "kind": "order_shipped", "subject_id": "O-1"} | change)
    refused = NotificationRefused(recipient="CUST-001", kind=ask.kind, subject_id="O-1", reason=reason)  # type: ignore[arg-type]
    spec = Spec(group).when(ask).then(refused)
    assert not spec.rows


def test_read_is_read_once() -> None:
    done = NotificationRead(notification_id=FIRST, recipient="CUST-001")
    spec = Spec(group, NOTE, Mailbox("CUST-001", 1, 1)).when(read(), read(), now=LATER).then(done, done)
    spec.when(read(), now=LATER + timedelta(days=1)).then(done)
    spec.leaves(replace(NOTE, read_at=LATER), Mailbox("CUST-001", 1, 0))


@pytest.mark.parametrize("command", [read("another"), read(recipient="CUST-002")])
def test_nobody_reads_what_is_not_his(command: ReadNotification) -> None:
    refused = ReadingRefused(notification_id=command.notification_id, recipient=command.recipient, reason="unknown_notification")
    spec = Spec(group, NOTE, Mailbox("CUST-001", 1, 1), Mailbox("CUST-002"))
    spec.when(command).then(refused).leaves(NOTE, Mailbox("CUST-001", 1, 1))


def test_the_oldest_make_room_for_the_new() -> None:
    old = [replace(NOTE, notification_id=f"old-{n}", number=n, read_at=NOON if n == 2 else None) for n in (1, 2)]
    surplus = Surplus("CUST-001", ["old-1", "old-2"])
    spec = Spec(group, *old, surplus, Mailbox("CUST-001", received=502, unread=501)).when(SHIPPED)
    spec.leaves(Mailbox("CUST-001", received=503, unread=501), replace(NOTE, number=503))
    assert all(spec.row(Notification, one.notification_id) is None for one in old)


@pytest.mark.parametrize("kind", kinds().values(), ids=lambda kind: kind.name)
def test_every_text_is_complete_in_both_languages(kind: Kind) -> None:
    given = dict.fromkeys(kind.needs, 1)
    link, ja, en = kind.told("SUBJECT-1", given)
    assert ja and en and ja != en
    assert not link or link.startswith("/v1/")


def test_texts_are_bounded() -> None:
    kind = Kind("long", ja="{word}", en="{word}")
    assert [len(text) for text in kind.told("S", {"word": "長" * 1000})] == [0, 300, 300]


def test_every_source_speaks_for_itself() -> None:
    assert sources() and all(source.kinds for source in sources())
    assert set(group.decisions) == {SendNotification, ReadNotification} | {kind for one in sources() for kind in one.hears}
