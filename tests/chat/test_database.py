"""What PostgreSQL itself forbids and answers for chat."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.chat import GetRoom, ListMessages, ListRooms
from contracts.sealed import Sealed
from infra.database import Pool
from infra.sealing import open_, seal
from infra.spec import NOON
from tests import scratch
from tests.chat.test_invitations import AIKO, AT, GUEST, PLAN, ROOM
from tests.scratch import database_of, empty
from tests.servers import Servers
from workers.chat import group, queries
from workers.chat.rules.state import Invitation, Message, Room

pytestmark = pytest.mark.req("S1-30", "S1-34", "S1-68")

KEY = X25519PrivateKey.generate()
HERE = Room(ROOM, AIKO, GUEST, 2, NOON, NOON)
CARD = Invitation("R", AIKO, GUEST, "confirmed", "", PLAN.model_dump(), AT, AT + timedelta(hours=2), AT, 2)
SEAL = Message("S", ROOM, 2, "seal", GUEST, "R", {}, NOON)


def sealed(text: str) -> dict[str, Any]:
    return seal(KEY.public_key().public_bytes_raw(), "chat", text.encode()).model_dump()


def open_box(box: Sealed) -> bytes:
    try:
        return open_(KEY.private_bytes_raw(), box)
    except Exception as error:
        raise ValueError("another key") from error


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("chat", servers.database_url) as address:
        yield address


@pytest.fixture(autouse=True)
async def emptied(database: str) -> None:
    await empty(database)


save = partial(scratch.save, group)
refused = partial(scratch.refused, group)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        (replace(SEAL, message_id="T", number=3), "message_of_an_invitation_comes_once"),
        (replace(SEAL, message_id="T", kind="closed"), "message_number_is_of_one_message"),
        (replace(SEAL, message_id="T", number=3, kind="text"), "message_of_an_invitation_names_it"),
        (replace(SEAL, message_id="T", number=3, room_id="none", kind="closed"), "message_is_in_a_room"),
        (replace(HERE, room_id="twin"), "room_is_the_only_one_of_its_two"),
        (replace(CARD, reservation_id="Q", status="asked"), "invitation_that_is_held_has_a_version"),
        (replace(CARD, reservation_id="Q", starts_at=None), "invitation_that_is_held_has_a_time"),
    ],
)
async def test_what_cannot_be_is_refused(pool: Pool, wrong: Message | Room, constraint: str) -> None:
    await save(pool, HERE, CARD, SEAL)
    assert await refused(pool, wrong) == constraint


async def test_members_read_what_follows_a_number_with_cards_as_they_stand(pool: Pool, reading: AsyncConnection) -> None:
    """What was sealed to another key is empty, and the others are worth having."""
    text = Message("M", ROOM, 1, "text", AIKO, None, sealed("秘密"), NOON)
    lost = replace(text, message_id="L", number=3, text={"to": "chat", "box": "bm8="})
    await save(pool, replace(HERE, last=3), CARD, text, SEAL, lost)
    ask = queries.opening(open_box)
    for reader in ("", AIKO, GUEST):
        found = await ask(ListMessages(room_id=ROOM, reader_id=reader), reading)
        assert found and [(one.number, one.kind, one.text) for one in found.items] == [
            (1, "text", "秘密"), (2, "seal", ""), (3, "text", "")
        ]  # fmt: skip
        assert found.items[1].card and found.items[1].card.status == "confirmed" and found.last == 3
    rest = await ask(ListMessages(room_id=ROOM, reader_id=GUEST, after=1, limit=1), reading)
    assert rest and [one.number for one in rest.items] == [2]
    for query in (ListMessages(room_id=ROOM, reader_id="guest-2"), ListMessages(room_id="none", reader_id=GUEST)):
        assert await ask(query, reading) is None


async def test_rooms_are_listed_for_their_members(pool: Pool, reading: AsyncConnection) -> None:
    await save(pool, HERE, Room("zz", AIKO, "guest-2", 0, NOON, NOON))
    page = await queries.rooms_of(ListRooms(person_id=AIKO, limit=1), reading)
    rest = await queries.rooms_of(ListRooms(person_id=AIKO, cursor=page.next_cursor or "", limit=1), reading)
    assert ([one.room_id for one in page.items], [one.room_id for one in rest.items]) == ([ROOM], ["zz"])
    assert await queries.room(GetRoom(room_id="zz", reader_id=GUEST), reading) is None
    found = await queries.room(GetRoom(room_id="zz", reader_id="guest-2"), reading)
    assert found and found.cast_id == AIKO
