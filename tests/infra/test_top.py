"""On RabbitMQ and PostgreSQL: `hikyaku top` shows what waits, and names what it cannot see."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from rich.console import Console

from infra.clock import utcnow
from infra.console.load import DomainLoad, Observer, QueueLoad, View
from infra.console.place import Place
from infra.console.screen import draw
from infra.topology import declare
from infra.vault import Vault
from tests.infra.harness import Add, Crash, World, toy, world
from tests.infra.test_guard import channel, sent_by_its_outbox, settings_of
from tests.servers import Servers


def place_of(here: World, home: Path, **running: object) -> Place:
    return Place(settings_of(here, home), declare(here.groups), running)


async def looked(observer: Observer, ready: int) -> View:
    """Once the broker's figures say so: it counts the messages of a queue every few seconds."""
    for _ in range(60):
        view = await observer.look()
        if sum(one.ready for one in view.queues if one.name == "toy") == ready:
            return view
        await asyncio.sleep(0.25)
    raise AssertionError(f"never {ready} messages: {view}")


def text(view: View) -> str:
    page = io.StringIO()
    Console(file=page, width=110, no_color=True).print(draw(view))
    return page.getvalue()


async def test_what_waits_is_counted_where_it_waits(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        await here.send(*(Add(name="a", amount=1) for _ in range(7)))
        await sent_by_its_outbox(here, Add(name="a", amount=1))
        await here.fetch(
            "INSERT INTO pending (bundle, owner, lane, at) "
            "SELECT DISTINCT bundle, bundle, -1, now() - interval '1 min' FROM outbox"
        )
        await here.fetch(
            "INSERT INTO parked (id, lane, key, topic, headers, body, status, attempts, due, reason, detail)"
            " SELECT gen_random_uuid(), 0, 'a', 't', '{}', '', unnest(ARRAY['dead', 'waiting', 'behind']), 1, now(), '', ''"
        )
        async with Observer(place_of(here, tmp_path)) as observer:
            view = await looked(observer, 7)
        [domain] = view.domains
        assert (domain.pending, domain.waiting, domain.dead, domain.timers) == (1, 2, 1, 0)
        assert domain.pending_oldest == pytest.approx(60, abs=15)
        assert "nobody takes them" in text(view) and view.as_json()["queues"][0]["ready"] == 7


async def test_the_lane_tells_how_old_its_first_message_is(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.member.BEAT", 0.3)
    async with world(servers, toy()) as here:
        member = here.member()
        await member.start()
        async with Observer(place_of(here, tmp_path)) as observer:
            await here.send(Add(name="a", amount=1), Crash(name="a"))
            for _ in range(60):
                if observer.beats.oldest("toy") is not None:
                    break
                await asyncio.sleep(0.2)
            oldest = observer.beats.oldest("toy")
            assert oldest is not None and 0 <= oldest < 10
            assert observer.beats.oldest("toy.dead") is None, "no lane beats for the dead"
        await member.drain(5)


async def test_what_is_away_is_named_and_the_rest_is_shown(servers: Servers, tmp_path: Path) -> None:
    async with world(servers, toy()) as here:
        async with channel(here) as wire:
            await wire.queue_delete("toy.dead")
        gone = {"name": "workers", "pid": 4711, "metrics": "http://127.0.0.1:1/metrics"}
        place = place_of(here, tmp_path, processes=[gone])
        with Vault(tmp_path).change() as document:
            document["credentials"]["toys"]["toy"]["dsn"] = "postgresql://127.0.0.1:1/x"
        async with Observer(place) as observer:
            shown = text(await observer.look())
        assert "toy " in shown and "The queue toy.dead is missing: `hikyaku topology apply` declares it." in shown
        assert "toy: its database is away" in shown and "workers (pid 4711) does not answer" in shown
        assert "operations: unknown" in shown


@pytest.mark.parametrize(
    ("ready", "consumers", "rate_in", "rate_out", "word", "seconds"),
    [
        (0, 1, 5.0, 5.0, "empty", None),
        (100, 1, 10.0, 30.0, "", 5.0),
        (100, 1, 30.0, 10.0, "grows", None),
        (100, 1, 0.0, 0.0, "stands", None),
        (100, 0, 3.0, 0.0, "nobody takes them", None),
    ],
)
def test_a_queue_says_when_it_will_be_empty(
    ready: int, consumers: int, rate_in: float, rate_out: float, word: str, seconds: float | None
) -> None:
    queue = QueueLoad("toy", ready, 0, consumers, rate_in, rate_out, None)
    assert (queue.word, queue.seconds_to_empty) == (word, seconds)


def test_open_operations_and_late_timers_are_shown() -> None:
    view = View(utcnow(), domains=[DomainLoad("toy", 0, None, 0, 0, 3, 12.0)], operations={"pending": 4, "suspended": 1})
    assert "operations open: 4 pending, 1 suspended" in text(view) and "12 s" in text(view)
