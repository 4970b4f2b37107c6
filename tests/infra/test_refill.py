"""On RabbitMQ and PostgreSQL: a refill sends one domain what it has not settled, and nobody else anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from contracts.message import Job
from infra.clock import utcnow
from infra.group import Group
from infra.refill import refill
from infra.settings import Settings
from infra.topology import declare
from infra.vault import Vault
from tests.infra.harness import Add, Added, World, same_id, toy, world
from tests.infra.test_guard import sent_by_its_outbox, settings_of, waiting
from tests.servers import Servers


class Sing(Job):
    topic, about = "ear.sing.v1", "name"
    name: str


def ear() -> Group:
    """Listens to the toy, and has a job."""
    group = Group("ear", tables={}, metadata=sa.MetaData())
    group.on(Added, lambda event, rows, now: iter(()))
    group.does(Sing, None)  # type: ignore[arg-type]  # nobody does it here
    return group


@asynccontextmanager
async def two(servers: Servers, home: Path) -> AsyncIterator[tuple[World, World, Settings]]:
    """A toy and an ear on one broker, each with its database."""
    async with world(servers, toy(), ear()) as here, world(servers, ear()) as there:
        settings = settings_of(here, home)
        with Vault(home).change() as document:
            document["credentials"]["toys"]["ear"]["dsn"] = there.dsn
        yield here, there, settings


async def test_events_go_to_the_one_domain_that_lost_them(servers: Servers, tmp_path: Path) -> None:
    async with two(servers, tmp_path) as (here, there, settings):
        event = Added(name="a", value=1)
        settled, parked, fresh, _ = await sent_by_its_outbox(here, event, event, event, Add(name="a", amount=1))
        await there.fetch("INSERT INTO inbox (id, digest) VALUES ($1, '')", settled)
        await there.fetch(
            "INSERT INTO parked (id, lane, key, topic, headers, body, status, attempts, due, reason, detail)"
            " VALUES ($1, 0, 'a', 't', '{}', '', 'dead', 1, now(), '', '')", parked,
        )  # fmt: skip
        done = await refill(declare(here.groups), "ear", settings)
        assert (done.retained, done.sent) == (3, 1)
        assert await waiting(here, "ear") == [str(fresh)]
        assert await waiting(here, "toy") == []


async def test_only_what_is_young_enough_is_sent(servers: Servers, tmp_path: Path) -> None:
    async with two(servers, tmp_path) as (here, _, settings):
        long_ago = int((utcnow() - timedelta(days=15)).timestamp() * 1000)
        await sent_by_its_outbox(here, same_id(Added(name="a", value=1), long_ago), Added(name="a", value=2))
        topology = declare(here.groups)
        assert (await refill(topology, "ear", settings, utcnow() + timedelta(seconds=1))).sent == 0
        assert (await refill(topology, "ear", settings, utcnow() - timedelta(hours=1))).sent == 1


async def test_jobs_come_back_as_their_workers_read_them(servers: Servers, tmp_path: Path) -> None:
    async with two(servers, tmp_path) as (here, there, settings):
        [job] = await sent_by_its_outbox(there, Sing(name="a"))
        assert (await refill(declare(here.groups), "ear", settings)).sent == 1
        assert await waiting(here, "ear.jobs") == [str(job)]


async def test_outboxes_are_merged_in_the_order_of_their_commits(servers: Servers, tmp_path: Path) -> None:
    async with two(servers, tmp_path) as (here, there, settings):
        expected = []
        for n in range(6):
            expected += await sent_by_its_outbox(here if n % 2 else there, Added(name="a", value=n))
        await refill(declare(here.groups), "ear", settings)
        assert await waiting(here, "ear") == [str(one) for one in expected]


async def test_a_refill_in_pages_forgets_nobody(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.refill.PAGE", 3)
    async with two(servers, tmp_path) as (here, _, settings):
        expected = await sent_by_its_outbox(here, *(Added(name="a", value=n) for n in range(10)))
        assert (await refill(declare(here.groups), "ear", settings)).sent == 10
        assert await waiting(here, "ear") == [str(one) for one in expected]


async def test_a_domain_that_does_not_exist_is_named(servers: Servers, tmp_path: Path) -> None:
    async with two(servers, tmp_path) as (here, _, settings):
        with pytest.raises(LookupError, match="no domain nose; there are: ear, toy"):
            await refill(declare(here.groups), "nose", settings)
