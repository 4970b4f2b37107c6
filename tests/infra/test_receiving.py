"""From the connection's bytes to the lane: what is read, in which order, and what nobody can read."""

from __future__ import annotations

import asyncio
import struct
from datetime import UTC, datetime
from typing import Any

import aio_pika
import pytest
from aiormq.abc import ChannelFrame
from aiormq.connection import FrameReceiver
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError
from hypothesis import given
from hypothesis import strategies as st
from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader

from infra import unpacking
from infra.delivery import Delivery
from infra.receiving import Shortcut
from tests.infra.harness import Add, toy, world
from tests.servers import Servers

texts = st.text(max_size=60).filter(lambda text: len(text.encode()) < 256)
values = st.one_of(
    st.text(max_size=300), st.integers(-(2**63), 2**63 - 1), st.booleans(), st.none(), st.lists(st.integers(0, 9), max_size=3),
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
)  # fmt: skip
either = st.none() | texts
properties = st.builds(
    commands.Basic.Properties,
    content_type=either,
    content_encoding=either,
    headers=st.none() | st.dictionaries(texts, values, max_size=6),
    delivery_mode=st.none() | st.sampled_from([1, 2]),
    priority=st.none() | st.integers(0, 9),
    correlation_id=either,
    reply_to=either,
    expiration=either,
    message_id=either,
    message_type=either,
    user_id=either,
    app_id=either,
)


def payload(raw: bytes) -> bytes:
    return raw[7:-1]


def same(one: Any, other: Any) -> bool:
    return dict(one) == dict(other)


@given(properties, st.integers(0, 2**40))
def test_a_header_is_read_as_pamqp_reads_it(told: commands.Basic.Properties, size: int) -> None:
    raw = payload(frame.marshal(ContentHeader(0, size, told), 1))
    theirs = ContentHeader()
    theirs.unmarshal(raw)
    ours = unpacking.header(raw)
    assert same(ours.properties, theirs.properties)
    assert (ours.class_id, ours.weight, ours.body_size) == (theirs.class_id, theirs.weight, theirs.body_size)


@given(texts, st.integers(0, 2**62), st.booleans(), st.text("abc.-", max_size=127), texts)
def test_a_delivery_is_read_as_pamqp_reads_it(consumer: str, tag: int, again: bool, exchange: str, key: str) -> None:
    raw = frame.marshal(commands.Basic.Deliver(consumer, tag, again, exchange, key), 1)
    assert same(unpacking.deliver(raw[7:]), frame.unmarshal(raw)[2])


@given(st.binary(max_size=80), st.integers(0, 2**16 - 1))
def test_no_header_ends_the_connection(rest: bytes, flags: int) -> None:
    """A stranger writes what he likes; what cannot be read has no properties, and still its size."""
    raw = struct.pack(">HHQH", 60, 0, 5, flags) + rest
    assert unpacking.header(raw).body_size == 5


def received(*raw: bytes) -> FrameReceiver:
    reader = asyncio.StreamReader()
    reader.feed_data(b"".join(raw))
    reader.feed_eof()
    found = FrameReceiver(reader)
    found.started = True
    return found


async def test_frames_are_told_apart_and_a_cut_one_ends_the_connection() -> None:
    unpacking.install()
    told: list[Any] = [
        commands.Basic.Ack(7),
        commands.Basic.Deliver("c", 1, False, "e", "k"),
        ContentHeader(0, 3),
        ContentBody(b"abc"),
    ]
    raw = [frame.marshal(one, 5) for one in told]
    receiver = received(*raw, raw[0][:-3])
    for one, content in zip(told, raw, strict=True):
        size, channel, found = await receiver.get_frame()
        assert (size, channel, type(found)) == (len(content), 5, type(one))
    with pytest.raises(AMQPConnectionError):
        await receiver.get_frame()
    with pytest.raises(InvalidFrameError):
        await received(raw[0][:-1] + b"!").get_frame()


class Channel:
    """Of aiormq, as far as the shortcut needs it."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[Any] = asyncio.Queue()
        self.is_closed = False


def delivered(tag: int, *pieces: bytes) -> list[Any]:
    header = ContentHeader(0, sum(map(len, pieces)), commands.Basic.Properties(message_id=f"m{tag}", message_type="toy.add.v1"))
    return [commands.Basic.Deliver("c", tag, False, "commands", "toy.add.v1"), header, *map(ContentBody, pieces)]


async def test_deliveries_take_the_shortcut_whole_and_in_order_and_the_rest_goes_on_as_before() -> None:
    channel, fed = Channel(), list[Delivery]()
    shortcut: Any = Shortcut(channel, fed.append)  # type: ignore[arg-type]
    answer, returned = commands.Basic.QosOk(), [commands.Basic.Return(312), ContentHeader(0, 1), ContentBody(b"r")]
    for one in [*delivered(1, b"a"), answer, *delivered(2), *returned, *delivered(3, b"b" * 9, b"c")]:
        await shortcut.put((1, one))
    assert [(one.tag, one.identity, one.body) for one in fed] == [(1, "m1", b"a"), (2, "m2", b""), (3, "m3", b"b" * 9 + b"c")]
    assert [(await shortcut.get())[1] for _ in range(4)] == [answer, *returned]


async def test_a_delivery_that_had_begun_before_the_shortcut_ends_where_it_began() -> None:
    channel, fed = Channel(), list[Delivery]()
    begun, header, body = delivered(1, b"a")
    await channel.frames.put((1, begun))
    shortcut: Any = Shortcut(channel, fed.append)  # type: ignore[arg-type]
    for one in (header, body):
        await shortcut.put((1, one))
    assert not fed and [(await shortcut.get())[1] for _ in range(3)] == [begun, header, body]


async def test_what_nobody_can_read_is_a_dead_letter_and_its_lane_goes_on(servers: Servers) -> None:
    """A message id that is no UTF-8: aiormq alone would lose its connection over it, again and again."""
    async with world(servers, toy()) as here:
        connection = await aio_pika.connect(here.amqp_url)
        async with connection:
            wire: Any = await (await connection.channel()).get_underlay_channel()
            odd = commands.Basic.Properties(message_id="ab", message_type=Add.topic)
            raw = bytearray(frame.marshal(ContentHeader(0, 1, odd), wire.number))
            raw[raw.index(b"\x02ab") + 1] = 0xFF
            publish = frame.marshal(commands.Basic.Publish(exchange="commands", routing_key=Add.topic), wire.number)
            body = frame.marshal(ContentBody(b"?"), wire.number)
            await wire.write_queue.put(ChannelFrame(publish + bytes(raw) + body, should_close=False))
            await here.send(Add(name="a", amount=3))
            member = here.member()
            await member.start()
            await here.until("SELECT coalesce(sum(value), 0) FROM counter", 3)
            await member.drain(5)
            channel = await connection.channel()
            dead = await (await channel.declare_queue("toy.dead", passive=True)).get(no_ack=True)
            assert dead is not None and (dead.body, dead.headers["reason"]) == (b"?", "unknown-type")
