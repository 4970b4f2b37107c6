"""On RabbitMQ and PostgreSQL: dead letters are seen without being touched, and replayed a few first."""

from __future__ import annotations

import asyncio
import getpass
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aio_pika
import pytest
from typer.testing import CliRunner

from infra.cli.dead_letters import app
from infra.clock import utcnow
from infra.console import audit, masking
from infra.console.dead import Dead, Snapshot, snapshot
from infra.console.place import Place
from infra.console.replay import Replay
from infra.console.replay_plan import chosen, hopeless, stages, waves
from infra.console.words import ago
from infra.group import Group
from infra.ids import root
from infra.member import Member
from infra.resend import Door
from infra.topology import declare
from tests.infra.harness import Add, Crash, World, metadata, toy, world
from tests.infra.test_guard import channel, settings_of
from tests.servers import Servers


def place_of(here: World, home: Path) -> Place:
    return Place(settings_of(here, home), declare(here.groups), {})


@asynccontextmanager
async def working(here: World, delays: tuple[float, ...] = ()) -> AsyncIterator[Member]:
    """Without delays the first failure is death."""
    member = here.member(delays=delays)
    await member.start()
    yield member
    await member.drain(5)


@asynccontextmanager
async def seen(place: Place) -> AsyncIterator[Snapshot]:
    warnings: list[str] = []
    async with snapshot(place, place.domains, warnings.append) as found:
        yield found
    assert not warnings


async def bury(here: World, topic: str, body: bytes, **headers: str) -> str:
    """A dead letter of the broker, as a lane makes it."""
    identity = str(root())
    async with channel(here) as wire:
        message = aio_pika.Message(
            body, message_id=identity, type=topic, headers={"reason": "unreadable", **headers}, delivery_mode=2
        )
        await (await wire.get_exchange("dead-letters", ensure=False)).publish(message, "toy")
    return identity


async def run(place: Place, found: Snapshot, wanted: list[Dead], **more: bool) -> list[tuple[str, ...]]:
    async with Replay(place, found, patience=8) as replay:
        return [tuple(one.fate for one in stage) async for stage in replay.run(wanted, **more)]


async def test_both_kinds_are_seen_and_looking_changes_nothing(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here, working(here):
        await here.send(Crash(name="a"))
        await here.until("SELECT count(*)::int FROM parked WHERE status = 'dead'", 1)
        await bury(here, Add.topic, b"{}")
        for _ in range(2):
            async with seen(place_of(here, tmp_path)) as found:
                assert [(one.store, one.status, one.topic, one.reason) for one in found.letters] == [
                    ("database", "dead", "toy.crash.v1", "RuntimeError"), ("broker", "dead", "toy.add.v1", "unreadable")
                ]  # fmt: skip


async def test_a_replay_stops_at_the_first_stage_that_fails_again(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here, working(here):
        await here.send(*(Crash(name=f"n{n}") for n in range(10)))
        await here.until("SELECT count(*)::int FROM parked WHERE status = 'dead'", 10)
        place = place_of(here, tmp_path)
        async with seen(place) as found:
            assert await run(place, found, found.letters) == [("failed again",)]
        async with seen(place) as found:
            assert [len(one) for one in await run(place, found, found.letters, force=True)] == [1, 2, 5, 2]


async def test_after_the_bug_is_mended_every_letter_has_its_effect_once(servers: Servers, tmp_path: Path) -> None:
    broken = toy()
    broken.decisions[Add] = broken.decisions[Crash]
    async with world(servers, broken) as here:
        async with working(here):
            await here.send(*(Add(name=f"n{n}", amount=1) for n in range(30)))
            await here.until("SELECT count(*)::int FROM parked WHERE status = 'dead'", 30)
        place = place_of(here, tmp_path)
        async with seen(place) as found:
            mended = World(here.amqp_url, here.dsn, here.management, here.vhost, [toy()])
            async with working(mended):
                # Whoever is given messages owns the lane at once; else the lease of the one before has to end.
                await here.send(Add(name="other", amount=0))
                fates = await run(place, found, found.letters)
        assert [len(one) for one in fates] == [1, 2, 5, 20, 2] and {fate for one in fates for fate in one} == {"settled"}
        assert await here.fetch("SELECT count(*), min(value), max(value) FROM counter WHERE name <> 'other'") == [(30, 1, 1)]
        assert await here.value("SELECT count(*) FROM parked") == 0


async def test_of_one_key_the_later_letters_wait_for_the_earlier_ones(servers: Servers, tmp_path: Path) -> None:
    """Even in a group that asks for no order, and whatever else goes at the same time."""
    broken = toy()
    broken.decisions[Add] = broken.decisions[Crash]
    async with world(servers, broken) as here:
        async with working(here):
            await here.send(*(Add(name=name, amount=amount) for amount in range(1, 5) for name in ("a", "b")))
            await here.until("SELECT count(*)::int FROM parked WHERE status = 'dead'", 8)
        place = place_of(here, tmp_path)
        async with seen(place) as found:
            late = [one for one in found.letters if json.loads(one.body)["amount"] > 2]
            assert [why.partition(" is earlier")[0] in {one.id + " of its key" for one in found.letters}
                    for _, why in chosen(found, late, place)[1]] == [True] * 4  # fmt: skip
            assert len(chosen(found, late, place, overtake=True)[0]) == 4
            mended = World(here.amqp_url, here.dsn, here.management, here.vhost, [toy()])
            async with working(mended):
                await here.send(Add(name="other", amount=0))
                await run(place, found, chosen(found, found.letters, place)[0])
        for name in ("a", "b"):
            amounts = await here.fetch(f"SELECT amount FROM log WHERE name = '{name}' ORDER BY place")
            assert [one[0] for one in amounts] == [1, 2, 3, 4]


async def test_of_two_operators_at_once_both_see_it_through_and_each_letter_counts_once(servers: Servers, tmp_path: Path) -> None:
    broken = toy()
    broken.decisions[Add] = broken.decisions[Crash]
    async with world(servers, broken) as here:
        async with working(here):
            await here.send(*(Add(name="a", amount=1) for _ in range(9)))
            await here.until("SELECT count(*)::int FROM parked WHERE status = 'dead'", 9)
        place = place_of(here, tmp_path)
        async with seen(place) as mine, seen(place) as hers:
            assert await here.value(f"DELETE FROM parked WHERE id = '{mine.letters[8].id}' RETURNING 1") == 1
            mended = World(here.amqp_url, here.dsn, here.management, here.vhost, [toy()])
            async with working(mended):
                await here.send(Add(name="other", amount=0))
                both = await asyncio.gather(run(place, mine, mine.letters), run(place, hers, hers.letters))
        for fates in both:
            assert [fate for stage in fates for fate in stage] == ["settled"] * 8 + ["dropped meanwhile"]
        assert await here.value("SELECT value FROM counter WHERE name = 'a'") == 8


async def test_who_looks_is_told_that_somebody_replays(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        await bury(here, Add.topic, b"{}")
        place, warnings = place_of(here, tmp_path), list[str]()
        async with seen(place) as mine, Replay(place, mine, patience=1) as replay:
            assert [one.fate for stage in [one async for one in replay.run(mine.letters)] for one in stage] == ["no answer yet"]
            async with snapshot(place, place.domains, warnings.append) as hers:
                assert hers.letters == []
        assert len(warnings) == 1 and getpass.getuser() in warnings[0]


async def test_a_letter_of_the_broker_goes_back_to_its_domain_alone(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy(2)) as here, working(here):
        identity = await bury(here, Add.topic, b'{"name": "a", "amount": 5}', **{"partition-key": "a"})
        place = place_of(here, tmp_path)
        async with channel(here) as wire:
            ear = await wire.declare_queue("", exclusive=True)
            await ear.bind("commands", "#")
            async with seen(place) as found:
                assert await run(place, found, found.letters) == [("settled",)]
            assert await ear.get(fail=False) is None
        assert await here.value("SELECT value FROM counter WHERE name = 'a'") == 5
        assert await here.fetch("SELECT id::text FROM inbox") == [(identity,)]
        async with seen(place) as found:
            assert found.letters == []


async def test_what_is_unreadable_still_is_found_again(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here, working(here):
        await bury(here, Add.topic, b"{}")
        place = place_of(here, tmp_path)
        async with seen(place) as found:
            assert await run(place, found, found.letters) == [("failed again",)]
        async with seen(place) as found:
            [still] = found.letters
            assert (still.reason, hopeless(still, Door(place.topology, "toy"))) == ("unreadable", "")


async def test_a_missing_broker_or_database_is_named_and_the_rest_is_shown(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        await bury(here, Add.topic, b"{}")
        place = place_of(here, tmp_path)
        away = World("amqp://127.0.0.1:1/", "postgresql://127.0.0.1:1/x", here.management, here.vhost, here.groups)
        for broken, shown, said in ((World(here.amqp_url, away.dsn, "", "", here.groups), 1, "database"), (away, 0, "broker")):
            warnings: list[str] = []
            settings_of(broken, tmp_path)
            async with snapshot(place, ["toy"], warnings.append) as found:
                assert len(found.letters) == shown
            assert any(said in one for one in warnings)


async def test_a_missing_queue_of_dead_letters_is_named_and_the_others_are_held(servers: Servers, tmp_path: Path) -> None:
    other = Group("other", tables={}, metadata=metadata)
    async with world(servers, toy(), other) as here:
        await bury(here, Add.topic, b"{}")
        async with channel(here) as wire:
            await wire.queue_delete("other.dead")
        warnings: list[str] = []
        async with snapshot(place_of(here, tmp_path), ["other", "toy"], warnings.append) as found:
            [one] = found.letters
            assert one.raw is not None
            await one.raw.ack()
        assert warnings == ["The queue other.dead is missing: `hikyaku topology apply` declares it."]


def test_stages_begin_with_one_and_grow() -> None:
    letters: list[Dead] = [None] * 300  # type: ignore[list-item]
    assert [len(one) for one in stages(letters)] == [1, 2, 5, 20, 50, 200, 22]


def test_a_wave_has_one_letter_of_each_key() -> None:
    now = utcnow()
    letters = [Dead(str(n), "toy", "database", "dead", "t", "", "", {}, "{}", now, key=key) for n, key in enumerate("aabac")]
    assert [[one.id for one in wave] for wave in waves(letters)] == [["0", "2", "4"], ["1"], ["3"]]


def test_a_masked_body_keeps_its_shape_and_loses_its_words() -> None:
    shown = json.loads(masking.body('{"name": "Yamada", "items": [{"sku": "A", "quantity": 2}], "gift": true}'))
    assert shown == {"name": "•••", "items": [{"sku": "•••", "quantity": 2}], "gift": True}
    assert masking.body(b"\xff\xfe") == "(2 bytes that are not JSON)"
    assert masking.headers({"actor": "signed", "subject": "a"}) == {"actor": "•••", "subject": "a"}


def test_who_unmasks_or_drops_must_say_why(tmp_path: Path) -> None:
    for words in (["show", "x", "--unmask"], ["drop", "x"], ["edit", "x", "--set", "a=1"]):
        answer = CliRunner().invoke(app, words)
        assert answer.exit_code == 2 and "--reason" in answer.output
    audit.note(tmp_path, "dead-letters drop", "ticket 1", id="x")
    [line] = audit.path_of(tmp_path).read_text().splitlines()
    assert json.loads(line)["reason"] == "ticket 1" and audit.path_of(tmp_path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (2.34, "2.3 s"), (61, "61 s"), (600, "10 min"), (7_300, "2 h"), (300_000, "3 d"), (None, "")],
)
def test_ages_read_as_people_say_them(seconds: float | None, text: str) -> None:
    assert ago(seconds) == text
