"""What PostgreSQL itself forbids and answers for booking."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.booking import GetBooking, ListBookings
from infra.database import Pool
from infra.decision import Row
from infra.spec import NOON
from tests import scratch
from tests.booking.words import AIKO, at, booked, draft, pressed
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.booking import group, queries
from workers.booking.rules.state import Reservation

pytestmark = pytest.mark.req("S1-41", "S1-44", "S1-45")

PAST, FUTURE = datetime(2020, 1, 1, tzinfo=UTC), datetime.now(UTC) + timedelta(days=1)
CAST, GUEST = "bookings_of_a_cast_never_overlap", "bookings_of_a_guest_never_overlap"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("booking", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest.mark.parametrize("hour", [4.5, 6, 7, 7.99])
async def test_two_bookings_of_a_cast_can_never_overlap(pool: Pool, hour: float) -> None:
    """Whatever the diary says."""
    assert await refused(pool, booked("A", 6), booked("B", hour)) == CAST


async def test_two_bookings_of_a_guest_can_never_overlap(pool: Pool) -> None:
    assert await refused(pool, booked("A", 6), booked("B", 7, cast_id="cast-other", guest_id="guest-A")) == GUEST


async def test_drafts_may_overlap_and_times_are_half_open(pool: Pool) -> None:
    await save(pool, draft("A"), draft("B"), booked("C"), booked("D", 8), booked("E", 6, cast_id="cast-other"))


async def test_in_one_batch_a_booking_is_cancelled_and_the_next_takes_its_time(pool: Pool) -> None:
    """In the order of keys the new one is written first: the constraint is asked when the statement ends."""
    await save(pool, draft("A"), booked("B"))
    changed = [booked("A"), draft("B", status="cancelled_by_cast", version=3)]
    async with pool.acquire() as connection, connection.transaction():
        await group.stores[Reservation].update(connection, changed, {})
    assert await pool.fetchval("SELECT reservation_id FROM reservation WHERE status = 'confirmed'") == "A"


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (draft("A", status="held"), "reservation_status_is_known"),
        (draft("A", ends_at=at(6)), "reservation_takes_time"),
        (draft("A", until=at(7)), "reservation_expires_before_it_starts"),
        (draft("A", pledge_token="T"), "reservation_press_has_a_token"),
        (booked("A", pledge_token="T", pressed_at=NOON), "reservation_press_is_of_a_draft"),
        (draft("A", reason="cast"), "reservation_reason_is_of_a_withdrawal"),
    ],
)
async def test_a_reservation_that_cannot_be_is_refused(pool: Pool, wrong: Row, constraint: str) -> None:
    assert await refused(pool, wrong) == constraint


async def test_a_press_changes_its_token_through_the_kernels_own_statement(pool: Pool) -> None:
    await save(pool, before := pressed("A"))
    after = replace(before, pledge_token="U", pressed_at=NOON + timedelta(seconds=9))
    async with pool.acquire() as connection, connection.transaction():
        await group.stores[Reservation].update(connection, [after], {"A": before})
    assert await pool.fetchval("SELECT pledge_token FROM reservation") == "U"


@pytest.mark.req("S1-80")
async def test_a_reservation_is_shown_to_its_two_and_to_operators(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, draft("A", until=PAST), draft("B", 9, until=FUTURE))
    for reader in ("", AIKO, "guest-A"):
        found = await queries.booking(GetBooking(reservation_id="A", reader_id=reader), reading)
        assert found and found.status == "expired", "its timer has not rung yet"
    assert await queries.booking(GetBooking(reservation_id="A", reader_id="guest-B"), reading) is None
    assert await queries.booking(GetBooking(reservation_id="none"), reading) is None


@pytest.mark.req("S1-80")
async def test_the_history_is_read_page_by_page_newest_first(pool: Pool, reading: AsyncConnection) -> None:
    """A draft past its time is listed as expired, and not among the drafts."""
    await save(pool, draft("A", until=FUTURE), booked("B", 9), draft("C", 12, until=PAST), booked("D", 12, cast_id="cast-other"))

    async def pages(**more: object) -> list[list[str]]:
        found, cursor = [], ""
        while True:
            query = ListBookings(person_id=AIKO, cursor=cursor, limit=2, **more)  # type: ignore[arg-type]
            page = await queries.bookings(query, reading)
            found.append([one.reservation_id for one in page.items])
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor

    assert await pages() == [["C", "B"], ["A"]]
    assert await pages(status="confirmed") == [["B"]]
    assert await pages(status="draft") == [["A"]]
    assert await pages(status="expired") == [["C"]]
