"""The event store at work on a real broker and database: writers at once, crashes, lost queues, large bundles."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contracts.eventstore import AppendEvents, NewEvent
from contracts.message import LARGEST, Event
from contracts.record import MOST, MessagesSent
from infra import ids, outbox
from infra.envelope import Envelope
from infra.guard import mend
from infra.topology import declare
from tests.eventstore.words import bundle, sent
from tests.infra.harness import Add, Added, world
from tests.infra.test_guard import channel, sent_by_its_outbox, settings_of
from tests.servers import Servers
from workers.eventstore import group


class Long(Event):
    topic, about = "toy.long.v1", "name"
    name: str
    text: str


POSITIONS = "SELECT coalesce(array_agg(position ORDER BY position), '{}') FROM event"


def appending(stream: int, writer: int) -> Envelope:
    events = tuple(NewEvent(type="toy.lamp-lit.v1", data={"writer": writer, "n": n}) for n in range(3))
    name = f"A-{stream}-{writer}"
    return Envelope.fresh(AppendEvents(append_id=name, stream=f"lamp:L-{stream}", expected_version=0, events=events), "toy")


@pytest.mark.req("S2-33", "S2-39")
async def test_of_eight_writers_one_wins_and_no_position_is_missing_at_any_moment(servers: Servers) -> None:
    """A reader who goes on from the last position he saw must never pass over one that is committed later."""
    async with world(servers, group) as here:
        one, two = here.member(), here.member()
        await one.start()
        await two.start()
        reading, seen = True, 0

        async def read() -> None:
            nonlocal seen
            while reading:
                found = await here.value(POSITIONS)
                assert found == list(range(1, len(found) + 1))
                seen = max(seen, len(found))
                await asyncio.sleep(0.02)

        reader = asyncio.create_task(read())
        for stream in range(0, 20, 5):
            await here.send(*(appending(n, writer) for n in range(stream, stream + 5) for writer in range(8)))
            for n in range(stream, stream + 5):
                copied = bundle(*(sent(version, subject="COPY") for version in (2 * n + 1, 2 * n + 2)))
                await here.send(Envelope.fresh(copied, "toy"))
            if stream == 10:
                await one.stop()  # in the middle of whatever it does
        await here.until("SELECT count(*)::int FROM event", 20 * 3 + 40, seconds=30)
        reading = False
        await reader
        assert await here.value("SELECT position FROM log") == 100
        assert await here.value("SELECT count(*)::int FROM stream WHERE version = 3") == 20
        winners = "SELECT count(DISTINCT data->>'writer')::int FROM event WHERE stream = 'lamp:L-7'"
        assert await here.value(winners) == 1 and seen
        answers = "SELECT count(*)::int FROM outbox WHERE topic = 'eventstore.append-conflicted.v1'"
        await here.until(answers, 20 * 7)
        await two.drain(5)


@pytest.mark.req("S2-34")
async def test_a_lost_queue_is_filled_again_and_each_event_comes_once(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, group) as here:
        settings = settings_of(here, tmp_path)
        before: list[Any] = await sent_by_its_outbox(here, *(Added(name="a", value=n) for n in range(20)))
        member = here.member()
        await member.start()
        await mend(declare(here.groups), settings)
        async with channel(here) as wire:
            await wire.queue_delete("eventstore")
        after = await sent_by_its_outbox(here, *(Added(name="a", value=n) for n in range(20, 40)))
        await mend(declare(here.groups), settings)
        await here.until("SELECT count(*)::int FROM event", 40, seconds=30)
        found = await here.fetch("SELECT event_id, position FROM event ORDER BY position")
        assert [one[1] for one in found] == list(range(1, 41))
        assert {one[0] for one in found} == {*before, *after}
        await member.drain(5)


def test_a_large_bundle_is_told_in_parts() -> None:
    texts = [Added(name="x" * 20_000, value=n) for n in range(10)]
    whole = outbox.bundle_of(Envelope.fresh(one, "toy") for one in texts)
    parts = [one for one in whole.letters if one.topic == MessagesSent.topic]
    told = [item.id for one in parts for item in MessagesSent.model_validate_json(one.body).items]
    assert told == [one.id for one in whole.letters if one.topic == Added.topic]
    assert len(parts) > 2 and all(len(one.body) <= MessagesSent.largest for one in parts)
    many = outbox.bundle_of(Envelope.fresh(Add(name="a", amount=1), "toy") for _ in range(MOST + 1))
    sizes = [len(MessagesSent.model_validate_json(one.body).items) for one in many.letters if one.exchange == "events"]
    assert sum(sizes) == MOST + 1 and len(sizes) == 2


def test_the_largest_event_fits_into_its_record() -> None:
    room = LARGEST - len(Long(name="a", text="").model_dump_json())
    whole = outbox.bundle_of([Envelope.fresh(Long(name="a", text="x" * room), "toy", correlation=ids.root())])
    (record,) = (one for one in whole.letters if one.topic == MessagesSent.topic)
    assert LARGEST < len(record.body) <= MessagesSent.largest
