"""Whatever is told and read in whatever order, a mailbox counts what stands in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contracts.message import Message
from contracts.notification import ReadNotification, SendNotification
from infra.spec import Spec
from workers.notification import group
from workers.notification.rules.mailbox import Mailbox, Notification, notification_id_of

WHO = st.sampled_from(["CUST-001", "CUST-002"])
SUBJECT = st.sampled_from(["O-1", "O-2", "O-3", "O-4"])
SEND = st.builds(SendNotification, recipient=WHO, kind=st.just("order_shipped"), subject_id=SUBJECT)
READ = st.builds(
    lambda reader, owner, subject: ReadNotification(
        recipient=reader, notification_id=notification_id_of(owner, "order_shipped", subject, "")
    ),
    WHO, WHO, SUBJECT,
)  # fmt: skip


@given(st.lists(st.lists(SEND | READ, min_size=1, max_size=6), max_size=6))
def test_a_mailbox_counts_what_stands_in_it(batches: list[list[Message]]) -> None:
    spec = Spec(group)
    for batch in batches:
        spec.when(*batch)
    for who in ("CUST-001", "CUST-002"):
        theirs = [row for row in spec.rows.values() if isinstance(row, Notification) and row.recipient == who]
        box = spec.row(Mailbox, who) or Mailbox(who)
        assert sorted(one.number for one in theirs) == list(range(1, box.received + 1))
        assert box.unread == sum(one.read_at is None for one in theirs)
        asked = {
            one.subject_id for batch in batches for one in batch if isinstance(one, SendNotification) and one.recipient == who
        }
        assert {one.subject_id for one in theirs} == asked
