"""Database connections are counted before they are opened (S0-82)."""

from __future__ import annotations

import re

import asyncpg
import pytest

from infra import connections, domains
from infra.accounts_database import ROOM
from infra.group import Group
from infra.provision import provision
from infra.settings import Settings
from infra.unavailable import Unavailable

pytestmark = pytest.mark.req("S0-82")
ALL = {group.name: group for group in domains.load_all()}


@pytest.mark.parametrize("group", ALL.values(), ids=list(ALL))
def test_a_domain_has_two_in_a_process_and_a_third_for_slow_questions(group: Group) -> None:
    assert connections.of_worker(group) <= (3 if group.asked(slow=True) else 2)
    assert connections.of_jobs(group) <= 2


def test_the_usual_hundred_of_a_server_are_enough_for_all_of_them() -> None:
    usual, kept_for_superusers = 100, 3
    assert connections.needed(list(ALL.values())) <= usual - kept_for_superusers


async def test_a_server_without_room_says_how_much_is_missing(services: Settings) -> None:
    database = await asyncpg.connect(services.database_url)
    room = int(await database.fetchval(ROOM))
    await database.close()

    await provision(services, ["inventory"], connections=room)
    sentence = f"room for {room} connections and Hikyaku may need {room + 7}: raise max_connections by 7"
    with pytest.raises(Unavailable, match=re.escape(sentence)):
        await provision(services, ["inventory"], connections=room + 7)
