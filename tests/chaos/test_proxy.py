"""The network that faults are made of: each mode does what its name says, on real sockets."""

from __future__ import annotations

import asyncio
import struct
import time
from collections.abc import AsyncIterator

import pytest

from tests.chaos.frames import ACK, CommitWatch, ConfirmWatch
from tests.chaos.proxy import Cut, Proxy


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Before a server that says back what it hears."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data)

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1])
    await proxy.start()
    yield proxy
    await proxy.stop()
    server.close()


async def ask(proxy: Proxy, word: bytes = b"hello", patience: float = 1.0) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    try:
        writer.write(word)
        return await asyncio.wait_for(reader.read(1024), patience)
    finally:
        writer.close()


async def test_it_passes_what_it_is_given(proxy: Proxy) -> None:
    assert await ask(proxy) == b"hello"


async def test_latency_is_paid_each_way(proxy: Proxy) -> None:
    proxy.latency = 0.05
    began = time.monotonic()
    assert await ask(proxy) == b"hello"
    assert time.monotonic() - began >= 0.1


async def test_through_a_hole_nothing_comes_until_it_is_closed(proxy: Proxy) -> None:
    proxy.hole(True)
    asking = asyncio.create_task(ask(proxy, patience=5))
    await asyncio.sleep(0.1)
    assert not asking.done()
    proxy.hole(False)
    assert await asking == b"hello"


async def test_a_reset_ends_every_connection(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"hello")
    await reader.read(1024)
    assert proxy.reset() == 1
    with pytest.raises(OSError):
        assert await reader.read(1024) == b""
        raise ConnectionResetError
    proxy.refusing = True
    with pytest.raises(OSError):
        if not await ask(proxy):
            raise ConnectionResetError


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack(">I", len(body) + 4) + body


def test_the_answer_to_a_commit_is_cut_off_and_nothing_before_it() -> None:
    watch = CommitWatch(lambda: True)
    hello = struct.pack(">II", 8, 80877103) + message(b"", b"\0\3\0\0user\0me\0\0")
    stream = hello + message(b"Q", b"SELECT 1\0") + message(b"Q", b"COMMIT;\0")
    for n in range(len(stream)):
        assert watch.to_client(b"x") == b"x", "until the whole COMMIT has passed"
        watch.to_server(stream[n : n + 1])
    with pytest.raises(Cut):
        watch.to_client(b"x")


def test_confirms_are_taken_out_and_everything_else_stays() -> None:
    def frame(kind: int, payload: bytes) -> bytes:
        return struct.pack(">BHI", kind, 1, len(payload)) + payload + b"\xce"

    ack, deliver, body = frame(1, ACK + b"\0" * 9), frame(1, struct.pack(">HH", 60, 60) + b"x"), frame(3, b"content")
    watch = ConfirmWatch(lambda: True)
    stream = deliver + ack + body + ack
    assert b"".join(watch.to_client(stream[n : n + 3]) for n in range(0, len(stream), 3)) == deliver + body
