"""The relay and its wire without a broker: what comes back is chosen here, so every failure happens when it should."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import aiormq
import pytest
from pamqp import commands, frame
from pamqp.commands import Basic
from pamqp.header import ContentHeader

from infra import frames, ids, relay
from infra.letter import Letter
from infra.outbox import Bundle
from infra.relay import Relay
from infra.wire import Addressed, Flight, Wire


def letter(topic: str, body: str = "{}", **headers: Any) -> Letter:
    return Letter(ids.root(), "commands", topic, headers, body)


def bundle(*letters: Letter) -> Bundle:
    return Bundle(ids.root(), letters)


class Air:
    """A wire whose answers are a script: for each bunch, what happens to it."""

    def __init__(self, script: list[Callable[[Flight], None]]) -> None:
        self.script, self.arrived = script, list[UUID]()
        self.sent: list[list[UUID]] = []

    async def wire(self) -> Air:
        return self

    async def send(self, bunch: Sequence[Addressed]) -> Flight:
        flight = Flight(bunch, 1, asyncio.get_running_loop().create_future())
        self.sent.append([one.id for _, one in bunch])
        self.script.pop(0)(flight) if self.script else all_arrive(flight)
        self.arrived += [one.id for fate, (_, one) in flight.outcome() if fate == 1]
        return flight

    async def renew(self) -> None: ...


ACK, NACK = bytes.maketrans(b"\0\4", b"\1\3"), bytes.maketrans(b"\0\4", b"\2\3")


def all_arrive(flight: Flight) -> None:
    flight.settle(0, len(flight.fates), ACK)


def channel_breaks_after(count: int) -> Callable[[Flight], None]:
    def happen(flight: Flight) -> None:
        flight.settle(0, count, ACK)
        flight.landed.set_exception(RuntimeError("the channel is gone"))

    return happen


def cannot_even_begin(flight: Flight) -> None:
    raise RuntimeError("writing to a closed transport")


def silence(flight: Flight) -> None:
    flight.settle(0, 1, ACK)


def first_is_unroutable(flight: Flight) -> None:
    assert flight.returned(str(flight.letters[0][1].id))
    flight.settle(0, len(flight.fates), ACK)


def first_is_refused(flight: Flight) -> None:
    flight.settle(0, 1, NACK)
    flight.settle(1, len(flight.fates), ACK)


@asynccontextmanager
async def relaying(*script: Callable[[Flight], None]) -> AsyncIterator[tuple[Relay, Air]]:
    air = Air(list(script))
    sending = Relay("toy", None, air, ids.root())  # type: ignore[arg-type]  # neither database nor broker is needed
    task = asyncio.create_task(sending.run())
    yield sending, air
    async with asyncio.timeout(5):
        while not sending.idle:
            await asyncio.sleep(0.01)
    task.cancel()


@pytest.mark.parametrize(
    "trouble", [channel_breaks_after(3), channel_breaks_after(0), cannot_even_begin, channel_breaks_after(5)]
)
async def test_a_channel_that_breaks_in_mid_bunch_costs_no_letter_no_order_and_no_double_count(
    trouble: Callable[[Flight], None],
) -> None:
    first, second, third = (bundle(*(letter(f"toy.{n}.v1") for n in range(3))) for _ in range(3))
    everything = [one.id for each in (first, second, third) for one in each.letters]
    async with relaying(trouble) as (sending, air):
        for one in (first, second):
            sending.put(one)
        await asyncio.sleep(0.02)
        sending.put(third)
    assert sorted(sending.confirmed()) == sorted(one.id for one in (first, second, third)), "each bundle once"
    assert sending._held == 0, "each letter was counted once"
    assert air.arrived == everything, "all of them, in their order, and nothing that was confirmed again"


async def test_silence_means_unknown_and_the_letters_go_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "PATIENCE", 0.1)
    one = bundle(*(letter("toy.a.v1") for _ in range(3)))
    async with relaying(silence) as (sending, air):
        sending.put(one)
    assert air.sent == [[each.id for each in one.letters], [each.id for each in one.letters[1:]]]
    assert sending.confirmed() == [one.id] and sending._held == 0


@pytest.mark.parametrize("trouble", [first_is_unroutable, first_is_refused])
async def test_what_cannot_be_delivered_holds_back_its_topic_alone(trouble: Callable[[Flight], None]) -> None:
    stuck, other, later = letter("toy.stuck.v1"), letter("toy.other.v1"), letter("toy.stuck.v1")
    async with relaying(trouble) as (sending, air):
        sending.put(bundle(stuck, other))
        await asyncio.sleep(0.02)
        sending.put(bundle(later))
    assert air.arrived == [other.id, stuck.id, later.id]


async def test_what_is_due_again_waits_quietly_while_every_flight_is_in_the_air(monkeypatch: pytest.MonkeyPatch) -> None:
    turns, wait = 0, Relay._wait

    async def counted(self: Relay, flights: deque[Flight]) -> None:
        nonlocal turns
        turns += 1
        await wait(self, flights)

    monkeypatch.setattr(Relay, "_wait", counted)
    monkeypatch.setattr(relay, "PATIENCE", 0.6)
    stuck = letter("toy.stuck.v1")
    async with relaying(first_is_unroutable, *[silence] * relay.FLIGHTS) as (sending, air):
        for one in (bundle(stuck), *(bundle(letter("toy.a.v1"), letter("toy.a.v1")) for _ in range(relay.FLIGHTS))):
            sending.put(one)
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.3)  # The stuck letter has been due for a tenth of a second.
        assert turns < 20, "it asks again and again"
    assert stuck.id in air.arrived


class Channel:
    """As much of aiormq's channel as the wire touches."""

    def __init__(self) -> None:
        self.number, self.is_closed, self.returns = 7, False, list[Any]()
        self.connection = SimpleNamespace(connection_tune=SimpleNamespace(frame_max=4096))
        self.write_queue: asyncio.Queue[Any] = asyncio.Queue()

    def create_future(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()

    async def _get_frame(self) -> Any:
        return None

    async def _read_content(self, method: Any, header: Any) -> Any:
        return SimpleNamespace(header=SimpleNamespace(properties=SimpleNamespace(message_id=self.returns.pop(0))))


async def test_confirms_may_come_one_by_one_together_out_of_order_and_after_returns() -> None:
    channel = Channel()
    wire = Wire(channel, "me")  # type: ignore[arg-type]
    flights = [await wire.send([(ids.root(), letter("toy.a.v1")) for _ in range(3)]) for _ in range(3)]
    assert channel.write_queue.qsize() == 3, "one write for each bunch"
    await wire._confirmed(Basic.Ack(2))
    channel.returns.append(str(flights[1].letters[0][1].id))
    await wire._returned(Basic.Return())
    await wire._confirmed(Basic.Ack(5, multiple=True))
    assert [flight.landed.done() for flight in flights] == [True, False, False]
    await wire._confirmed(Basic.Nack(6))
    await wire._confirmed(Basic.Nack(9, multiple=True))
    assert [bytes(flight.fates) for flight in flights] == [b"\1\1\1", b"\3\1\2", b"\2\2\2"]
    assert all(flight.landed.done() for flight in flights)


async def test_a_letter_that_cannot_be_packed_takes_no_place_among_the_confirms() -> None:
    channel = Channel()
    wire = Wire(channel, "me")  # type: ignore[arg-type]
    good, bad = letter("toy.a.v1"), letter("t" * 300)
    flight = await wire.send([(ids.root(), one) for one in (bad, good)])
    await wire._confirmed(Basic.Ack(1))
    assert flight.landed.done() and [(fate, one.id) for fate, (_, one) in flight.outcome()] == [(1, good.id), (5, bad.id)]


async def test_a_closed_channel_takes_nothing() -> None:
    channel = Channel()
    wire = Wire(channel, "me")  # type: ignore[arg-type]
    channel.is_closed = True
    with pytest.raises(aiormq.exceptions.ChannelInvalidStateError):
        await wire.send([(ids.root(), letter("toy.a.v1"))])
    assert channel.write_queue.empty()


def test_pamqp_reads_what_the_frames_say() -> None:
    body, headers = (
        ("飛脚" * 2_000).encode(),
        {"subject": "猫", "sequence": 3, "big": 1 << 40, "flag": True, "none": None, "list": [1]},
    )
    raw = frames.message(3, 4_096, "commands", "toy.add.v1", body, kind="toy.add.v1", identity="i", correlation="c",
                         headers=headers, mandatory=True, user="me", reply_to="r", expiration="5")  # fmt: skip
    parts = list[Any]()
    while raw:
        count, channel, part = frame.unmarshal(raw)
        assert channel == 3 and count <= 4_096
        parts.append(part)
        raw = raw[count:]
    publish, header, *content = parts
    assert isinstance(publish, commands.Basic.Publish) and isinstance(header, ContentHeader)
    assert (publish.exchange, publish.routing_key, publish.mandatory) == ("commands", "toy.add.v1", True)
    assert b"".join(one.value for one in content) == body and header.body_size == len(body) and len(content) == 3
    told = header.properties
    assert told.headers == headers and told.delivery_mode == 2 and told.content_type == "application/json"
    assert (told.message_id, told.correlation_id, told.message_type) == ("i", "c", "toy.add.v1")
    assert (told.user_id, told.reply_to, told.expiration) == ("me", "r", "5")
