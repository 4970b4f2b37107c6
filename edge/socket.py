"""One WebSocket connection: a reader of wishes, a writer, and a task for each channel that is followed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Literal

import orjson
from pydantic import BaseModel, Field, ValidationError
from starlette.types import Receive, Send

from edge.channels import Told
from edge.config import Config
from edge.languages import Language
from edge.limits import Limiter
from edge.principals import Principal
from edge.problems import Problem

MOST_OUTGOING = 64
Following = Callable[[str, int], AsyncIterator[Told]]
"""The messages of an address after a number. Raises Problem, also at once."""


class Code(IntEnum):
    """Why the edge closes: the standard's own words where it has one, else 4000 and the HTTP status."""

    BINARY = 1003
    SLOW = 1013
    MALFORMED = 4400
    EXPIRED = 4401
    FLOOD = 4429


class Wish(BaseModel, extra="forbid", strict=True):
    """What a client may say."""

    type: Literal["subscribe", "unsubscribe", "ping"]
    channel: Annotated[str, Field(max_length=200)] = ""
    after: Annotated[int, Field(ge=0, le=2**53)] = 0


class Cut(Exception):
    """The connection ends; without a code the client has ended it."""

    def __init__(self, code: Code | None = None) -> None:
        super().__init__(code)
        self.code = code


@dataclass(eq=False)
class Socket:
    """Messages to the client wait in one bounded queue; whoever does not take one within the limit is cut off."""

    principal: Principal
    language: Language
    config: Config
    following: Following
    receive: Receive
    send: Send

    def __post_init__(self) -> None:
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue(MOST_OUTGOING)
        self._pace = Limiter(self.config.socket_rate, self.config.socket_burst)
        self._followed: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until either side ends it."""
        await self.send({"type": "websocket.accept"})
        code: Code | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write())
                tasks.create_task(self._expire())
                await self._read(tasks)
        except* Cut as cuts:
            code = next((one.code for one in _flat(cuts)), None)
        if code is not None:
            await self._close(code)

    async def _read(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            message = await self.receive()
            if message["type"] == "websocket.disconnect":
                raise Cut
            if self._pace.wait(""):
                raise Cut(Code.FLOOD)
            if (text := message.get("text")) is None:
                raise Cut(Code.BINARY)
            try:
                wish = Wish.model_validate_json(text)
            except ValidationError:
                raise Cut(Code.MALFORMED) from None
            await self._grant(wish, tasks)

    async def _grant(self, wish: Wish, tasks: asyncio.TaskGroup) -> None:
        if wish.type == "ping":
            await self._say({"type": "pong"})
            return
        if followed := self._followed.pop(wish.channel, None):
            followed.cancel()
        if wish.type == "unsubscribe":
            await self._say({"type": "unsubscribed", "channel": wish.channel})
        elif len(self._followed) >= self.config.socket_channels:
            detail = f"At most {self.config.socket_channels} channels."
            await self._refuse(wish.channel, Problem("too-many-requests", detail))
        else:
            self._followed[wish.channel] = tasks.create_task(self._follow(wish.channel, wish.after))

    async def _follow(self, address: str, after: int) -> None:
        try:
            async for told in self.following(address, after):
                await self._say({"channel": address, "sequence": told.sequence, "type": told.type, "data": told.data})
            await self._say({"type": "ended", "channel": address})
        except Problem as problem:
            await self._refuse(address, problem)
        if self._followed.get(address) is asyncio.current_task():
            del self._followed[address]

    async def _refuse(self, address: str, problem: Problem) -> None:
        document = problem.document(self.language, address)
        await self._say({"type": "refused", "channel": address, "problem": document})

    async def _say(self, message: Mapping[str, Any]) -> None:
        await self._outgoing.put(orjson.dumps(message))

    async def _write(self) -> None:
        """A sign of life when there is nothing else to say, so that a client notices when the server is gone."""
        while True:
            try:
                async with asyncio.timeout(self.config.heartbeat_seconds):
                    text = await self._outgoing.get()
            except TimeoutError:
                text = b'{"type":"heartbeat"}'
            try:
                async with asyncio.timeout(self.config.socket_send_seconds):
                    await self.send({"type": "websocket.send", "text": text.decode()})
            except TimeoutError:
                raise Cut(Code.SLOW) from None
            except OSError:
                raise Cut from None

    async def _expire(self) -> None:
        """What a token no longer allows, its socket does not either."""
        await asyncio.sleep(max(0.0, self.principal.expires - time.time()))
        raise Cut(Code.EXPIRED)

    async def _close(self, code: Code) -> None:
        """A slow reader may never take even this; the transport is aborted then."""
        try:
            async with asyncio.timeout(self.config.socket_send_seconds):
                await self.send({"type": "websocket.close", "code": int(code), "reason": code.name.lower()})
        except (TimeoutError, OSError):
            return


def _flat(group: BaseExceptionGroup[Cut]) -> list[Cut]:
    return [leaf for one in group.exceptions for leaf in (_flat(one) if isinstance(one, BaseExceptionGroup) else [one])]
