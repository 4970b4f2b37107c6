"""What PostgreSQL itself forbids, finds and answers for notification."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.notification import ListNotifications
from infra.database import Pool
from infra.spec import NOON
from storage.notification import KEPT
from tests import scratch
from tests.notification.test_telling import NOTE
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.notification import group, queries
from workers.notification.rules.mailbox import Mailbox, Notification, Surplus

save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("notification", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


def note(number: int, *, read: bool = False, recipient: str = "CUST-001") -> Notification:
    identity = f"{recipient}-{number}"
    read_at = NOON if read else None
    return replace(NOTE, notification_id=identity, recipient=recipient, number=number, read_at=read_at)


@pytest.mark.req("S3-58")
async def test_two_notifications_never_have_one_place(pool: Pool) -> None:
    assert await refused(pool, note(1), replace(note(1), notification_id="another")) == "notification_has_its_own_place"
    assert await refused(pool, note(0)) == "notification_numbers_begin_at_1"
    assert await refused(pool, Mailbox("CUST-001", received=1, unread=2)) == "mailbox_has_received_what_is_unread"


async def test_a_history_is_read_page_by_page_newest_first(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, Mailbox("CUST-001", 5, 3), *(note(n, read=n in (2, 4)) for n in range(1, 6)), note(1, recipient="other"))
    ask = ListNotifications(recipient="CUST-001", limit=2)
    pages = [await queries.notifications(ask, reading)]
    while cursor := pages[-1].next_cursor:
        pages.append(await queries.notifications(ask.model_copy(update={"cursor": cursor}), reading))

    told = [one.notification_id for page in pages for one in page.items]
    assert told == [f"CUST-001-{n}" for n in (5, 4, 3, 2, 1)] and len(pages) == 3
    assert {page.unread for page in pages} == {3}
    unread = await queries.notifications(ask.model_copy(update={"unread": True, "limit": 200}), reading)
    assert [one.notification_id for one in unread.items] == [f"CUST-001-{n}" for n in (5, 3, 1)]


async def test_who_was_told_nothing_has_an_empty_history(reading: AsyncConnection) -> None:
    page = await queries.notifications(ListNotifications(recipient="nobody"), reading)
    assert (page.items, page.unread, page.next_cursor) == ((), 0, None)


async def test_what_is_beyond_the_history_is_found_for_dropping(pool: Pool) -> None:
    await save(pool, Mailbox("CUST-001", KEPT + 2), Mailbox("other", KEPT), note(1), note(2), note(3), note(1, recipient="other"))
    async with pool.acquire() as connection:
        found = await group.lookups[Surplus].load(connection, ["CUST-001", "other"])
    assert found == {"CUST-001": Surplus("CUST-001", ["CUST-001-1", "CUST-001-2"]), "other": None}
