"""The WebSocket, with a real client on a real port: who gets in, what is told, and who is cut off."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from contracts.message import Event, Query
from edge.calls import Call
from edge.channels import Channel
from edge.problems import Problem
from edge.server import listening
from infra.errors import Late
from tests.edge.world import ORDER, World, bearer, token


class Posted(Event):
    topic, about = "test.posted.v1", "room_id"
    room_id: str
    number: int
    text: str


class ListPosted(Query):
    topic, about = "test.list-posted.v1", "room_id"
    room_id: str
    after: int


class Room:
    """The owner: what was posted in R-1, told three at a time."""

    def __init__(self, world: World) -> None:
        self.world, self.posts, self.asked, self.away = world, [], 0, 0
        world.edge.asker = self

    posts: list[dict[str, Any]]

    async def ask(self, query: Query, timeout: float) -> bytes | None:
        assert isinstance(query, ListPosted)
        self.asked += 1
        if self.away:
            self.away -= 1
            raise Late("away")
        return orjson.dumps({"items": [one for one in self.posts if one["number"] > query.after][:3]})

    def post(self, text: str = "", *, heard: bool = True) -> None:
        self.posts.append({"room_id": "R-1", "number": len(self.posts) + 1, "text": text})
        if heard:
            self.tell(len(self.posts))

    def tell(self, number: int) -> None:
        self.world.hub.heard(Posted.topic, self.posts[number - 1], 0)


async def may(call: Call[None]) -> None:
    if call.path["room_id"] != "R-1":
        raise Problem("not-found")


ROOM = Channel(
    "room", (Posted,), "room_id", lambda call, after: ListPosted(room_id=call.path["room_id"], after=after), may, "number"
)


@asynccontextmanager
async def serving(**config: Any) -> AsyncIterator[tuple[World, str]]:
    world = World(channels=[ROOM], **config)
    server = uvicorn.Server(listening(world.app, world.edge.config, host="127.0.0.1", port=0))
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield world, f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await task
    await world.client.aclose()


@pytest.fixture
async def served() -> AsyncIterator[tuple[World, str]]:
    async with serving() as found:
        yield found


async def ticket(world: World, who: str = "CUST-001", **claims: Any) -> str:
    answer = await world.client.post("/v1/socket-tickets", headers={"Authorization": f"Bearer {token(who, **claims)}"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["links"]["socket"])


async def opened(served: tuple[World, str], **more: Any) -> ClientConnection:
    world, address = served
    return await connect(f"ws://{address}{await ticket(world)}", **more)


async def say(client: ClientConnection, type: str, **wish: Any) -> None:
    await client.send(json.dumps({"type": type, **wish}))


async def heard(client: ClientConnection, seconds: float = 3) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while (found := json.loads(await client.recv()))["type"] == "heartbeat":
            pass
        return dict(found)


async def numbers(client: ClientConnection, count: int) -> list[int]:
    return [(await heard(client))["sequence"] for _ in range(count)]


async def refusal(address: str, path: str, **more: Any) -> int:
    with pytest.raises(InvalidStatus) as refused:
        await connect(f"ws://{address}{path}", **more)
    assert refused.value.response.headers["content-type"] == "application/problem+json"
    return refused.value.response.status_code


async def closed(client: ClientConnection, seconds: float = 5) -> int:
    """The code with which the edge closes."""
    async with asyncio.timeout(seconds):
        with pytest.raises(ConnectionClosed) as end:
            while True:
                await client.recv()
    assert end.value.rcvd is not None
    return end.value.rcvd.code


async def test_a_ticket_opens_one_socket_and_leaves_a_line(served: tuple[World, str]) -> None:
    world, address = served
    path = await ticket(world)
    async with connect(f"ws://{address}{path}") as client:
        await say(client, "ping")
        assert await heard(client) == {"type": "pong"}
        assert await refusal(address, path) == 401
    while len(world.lines) < 3:
        await asyncio.sleep(0.01)
    assert [(one.route, one.status, one.principal) for one in world.lines] == [
        ("/v1/socket-tickets", 201, "CUST-001"), ("/v1/socket", 401, ""), ("/v1/socket", 101, "CUST-001"),
    ]  # fmt: skip


async def test_without_a_good_ticket_there_is_no_socket(served: tuple[World, str]) -> None:
    world, address = served
    late = await ticket(world)
    world.tickets.late = True
    two = f"{late}&ticket=x"
    for path in (late, two, "/v1/socket", "/v1/socket?ticket=nonsense", f"/v1/socket?token={token()}"):
        assert await refusal(address, path) == 401, path
    assert await refusal(address, "/v1/elsewhere") == 404
    assert (await world.client.post("/v1/socket-tickets")).status_code == 401
    assert (await world.client.get("/v1/socket")).status_code == 426


async def test_a_page_of_an_unlisted_origin_is_refused() -> None:
    async with serving(origins=["https://shop.example"]) as (world, address):
        assert await refusal(address, await ticket(world), origin="https://evil.example") == 403
        for origin in ("https://shop.example", f"http://{address}"):
            async with connect(f"ws://{address}{await ticket(world)}", origin=origin):  # type: ignore[arg-type]
                pass


async def test_sockets_are_counted_for_each_principal_and_for_all() -> None:
    async with serving(most_sockets=2, most_sockets_each=1) as (world, address):
        async with connect(f"ws://{address}{await ticket(world)}"):
            assert await refusal(address, await ticket(world)) == 429
            async with connect(f"ws://{address}{await ticket(world, 'CUST-002')}"):
                assert await refusal(address, await ticket(world, "CUST-003")) == 503
        while True:
            try:
                async with connect(f"ws://{address}{await ticket(world)}"):
                    break
            except InvalidStatus:
                await asyncio.sleep(0.01)


async def test_what_was_posted_before_comes_first_then_what_comes_live(served: tuple[World, str]) -> None:
    room = Room(served[0])
    for _ in range(7):
        room.post(heard=False)
    async with await opened(served) as client:
        await say(client, "subscribe", channel="room:R-1", after=2)
        assert await numbers(client, 5) == [3, 4, 5, 6, 7]
        room.post("hello")
        assert await heard(client) == {
            "channel": "room:R-1", "sequence": 8, "type": Posted.topic,
            "data": {"room_id": "R-1", "number": 8, "text": "hello"},
        }  # fmt: skip


async def test_nothing_is_missing_or_doubled_after_a_reconnect(served: tuple[World, str]) -> None:
    room = Room(served[0])
    seen: list[int] = []

    async def post() -> None:
        for n in range(300):
            room.post(heard=n % 7 != 3)
            if n % 5 == 0:
                room.tell(max(1, len(room.posts) - 2))
            await asyncio.sleep(0.002)
        room.post()

    posting = asyncio.create_task(post())
    while not seen or seen[-1] < 301:
        async with await opened(served) as client:
            await say(client, "subscribe", channel="room:R-1", after=seen[-1] if seen else 0)
            seen += await numbers(client, min(50, 301 - len(seen)))
    await posting
    assert seen == list(range(1, 302))


async def test_what_a_deaf_listener_missed_is_asked_for(served: tuple[World, str]) -> None:
    world, _ = served
    room = Room(world)
    async with await opened(served) as client:
        await say(client, "subscribe", channel="room:R-1")
        room.post()
        assert await numbers(client, 1) == [1]
        room.post(heard=False)
        room.away = 1
        world.hub.interrupted()
        assert await numbers(client, 1) == [2]


async def test_a_foreign_channel_and_a_foreign_operation_look_like_nothing(served: tuple[World, str]) -> None:
    world, _ = served
    accepted = await world.post("/v1/orders", ORDER | {"customer_id": "CUST-002"}, key="k1", who=bearer("CUST-002"))
    async with await opened(served) as client:
        for channel in (f"operation:{accepted.json()['operation_id']}", "operation:x", "room:R-2", "room: ", "nothing:R-1", ""):
            await say(client, "subscribe", channel=channel)
            told = await heard(client)
            assert (told["type"], told["channel"], told["problem"]["status"]) == ("refused", channel, 404), told


@pytest.mark.req("S3-44")
async def test_an_operation_is_told_until_it_ends(served: tuple[World, str]) -> None:
    world, _ = served
    accepted = await world.post("/v1/orders", ORDER, key="k1")
    identity = UUID(accepted.json()["operation_id"])
    async with await opened(served) as client:
        await say(client, "subscribe", channel=f"operation:{identity}")
        first = await heard(client)
        assert (first["type"], first["data"]["status"]) == ("operation.status", "pending")
        operation = world.intake.operations[identity]
        done = replace(
            operation, status="succeeded", steps=[{"name": "x"}], updated_at=operation.updated_at + timedelta(milliseconds=5)
        )
        world.intake.operations[identity] = done
        world.edge.waiters.tell([done])
        last = await heard(client)
        assert last["data"]["status"] == "succeeded" and last["sequence"] > first["sequence"]
        assert await heard(client) == {"type": "ended", "channel": f"operation:{identity}"}
        await say(client, "subscribe", channel=f"operation:{identity}", after=last["sequence"])
        assert (await heard(client))["type"] == "ended"


async def test_who_unsubscribes_hears_no_more(served: tuple[World, str]) -> None:
    room = Room(served[0])
    async with await opened(served) as client:
        await say(client, "subscribe", channel="room:R-1")
        room.post()
        assert await numbers(client, 1) == [1]
        await say(client, "unsubscribe", channel="room:R-1")
        assert (await heard(client))["type"] == "unsubscribed"
        room.post()
        await say(client, "ping")
        assert (await heard(client))["type"] == "pong"
        assert not served[0].hub._feeds


async def test_channels_of_one_socket_are_bounded() -> None:
    async with serving(socket_channels=1) as served:
        Room(served[0])
        async with await opened(served) as client:
            await say(client, "subscribe", channel="room:R-1")
            await say(client, "subscribe", channel="room:R-2")
            assert (await heard(client))["problem"]["status"] == 429


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", 4400), ("[]", 4400), ('{"type": "shout"}', 4400), ('{"type": "ping", "extra": 1}', 4400),
        ('{"type": "subscribe", "channel": "room:R-1", "after": -1}', 4400),
        ('{"type": "subscribe", "channel": "room:R-1", "after": "1"}', 4400),
        ('{"type": "subscribe", "channel": "' + "x" * 201 + '"}', 4400), ("[" * 4000, 4400),
        (b'{"type": "ping"}', 1003), ("x" * 4097, 1009),
    ],
)  # fmt: skip
async def test_nonsense_ends_the_connection(served: tuple[World, str], message: Any, code: int) -> None:
    async with await opened(served) as client:
        await client.send(message)
        assert await closed(client) == code
    assert (await served[0].client.get("/healthz")).status_code == 200


async def test_a_flood_ends_the_connection() -> None:
    async with serving(socket_rate=1, socket_burst=5) as served, await opened(served) as client:
        for _ in range(6):
            await say(client, "ping")
        assert await closed(client) == 4429


async def test_a_socket_does_not_outlive_its_token(served: tuple[World, str]) -> None:
    world, address = served
    path = await ticket(world)
    found = next(iter(world.tickets._open))
    world.tickets._open[found] = replace(world.tickets._open[found], expires=0.0)
    assert await closed(await connect(f"ws://{address}{path}")) == 4401


async def test_who_hears_nothing_is_told_that_the_edge_lives() -> None:
    async with serving(heartbeat_seconds=0.1) as served, await opened(served) as client:
        assert json.loads(await client.recv()) == {"type": "heartbeat"}


async def _raw(served: tuple[World, str], buffer: int = 0) -> socket.socket:
    """A client that speaks only when it is told to."""
    world, address = served
    host, port = address.split(":")
    path = await ticket(world)
    raw = socket.socket()
    if buffer:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (host, int(port)))
    upgrade = f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    await loop.sock_sendall(raw, (upgrade + key).encode())
    assert (await loop.sock_recv(raw, 4096)).startswith(b"HTTP/1.1 101")
    return raw


async def test_who_does_not_answer_a_ping_is_let_go() -> None:
    async with serving(heartbeat_seconds=0.2) as served:
        raw = await _raw(served)
        async with asyncio.timeout(5):
            received = b""
            while chunk := await asyncio.get_running_loop().sock_recv(raw, 4096):
                received += chunk
        assert b"keepalive ping timeout" in received
        while served[0].lines[-1].status != 101:
            await asyncio.sleep(0.01)
        raw.close()


async def test_a_reader_who_takes_nothing_is_cut_off_and_the_others_are_not() -> None:
    async with serving(socket_send_seconds=0.5) as served:
        world, _ = served
        room = Room(world)
        raw = await _raw(served, buffer=4096)
        frame = json.dumps({"type": "subscribe", "channel": "room:R-1"}).encode()
        # Masked with zeros, which leaves the text as it is.
        await asyncio.get_running_loop().sock_sendall(raw, bytes([0x81, 0x80 | len(frame), 0, 0, 0, 0]) + frame)
        async with await opened(served) as client:
            await say(client, "subscribe", channel="room:R-1")
            for n in range(1, 301):
                room.post("x" * 50_000)
                assert (await numbers(client, 1)) == [n]
            async with asyncio.timeout(10):
                while not any(one.status == 101 for one in world.lines):
                    await asyncio.sleep(0.05)
            room.post()
            assert await numbers(client, 1) == [301]
        raw.close()
