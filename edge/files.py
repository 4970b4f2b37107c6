"""Files over HTTP: taken in as a stream straight to blob storage, and given out from there. Never whole in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from edge import body as bodies
from edge import conditional
from edge.config import Config
from edge.problems import Problem
from infra.blobs import Blob, Blobs

SIGNATURES: Mapping[str, bytes] = {"image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n"}
"""What files of a type begin with. Types are told by this; what a client or a file name says is not believed."""

LONGEST_SIGNATURE = max(map(len, SIGNATURES.values()))


@dataclass(frozen=True, slots=True)
class Received:
    """A file that was stored; `content_type` is what its first bytes say."""

    blob: Blob
    content_type: str


@dataclass(frozen=True, slots=True)
class Given:
    """A stored file as an answer. `tag` changes when the content does; `size` is in bytes."""

    address: str
    content_type: str
    size: int
    tag: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Uploads:
    """Takes in files, only so many at a time: a body that trickles in holds a place for as long as it may."""

    def __init__(self, blobs: Blobs, config: Config) -> None:
        self.blobs, self.config = blobs, config
        self._open = 0

    async def receive(self, request: Request, space: str, takes: Sequence[str]) -> Received:
        """Raises Problem: 413 in the middle of a file that is too large, 415 for one of another type, 408 for a slow
        one, 503 when too many are coming in or there is no room. The rest of a refused file is not waited for.
        """
        if self._open >= self.config.most_uploads:
            raise Problem("overloaded", "Too many uploads at once.", headers={"Retry-After": "5", **bodies.CLOSE})
        arriving = Arriving(request, self.config, takes)
        self._open += 1
        try:
            async with asyncio.timeout(self.config.upload_seconds):
                blob = await self.blobs.put(space, arriving.chunks())
        except TimeoutError:
            raise Problem("request-timeout", "The file did not arrive in time.", headers=bodies.CLOSE) from None
        except OSError:
            raise Problem("overloaded", "The file could not be stored.", headers={"Retry-After": "60", **bodies.CLOSE}) from None
        except Problem:
            await arriving.discard()
            raise
        finally:
            self._open -= 1
        return Received(blob, arriving.content_type)


class Arriving:
    """The chunks of one body, each waited for only so long, counted and looked at while they pass."""

    def __init__(self, request: Request, config: Config, takes: Sequence[str]) -> None:
        self._request, self._stream, self._config, self._takes = request, request.stream(), config, takes
        self.content_type = ""

    async def chunks(self) -> AsyncIterator[bytes]:
        if bodies.declares_more(self._request, self._config.upload_limit):
            raise bodies.too_large(self._config.upload_limit)
        size, start = 0, b""
        while (chunk := await self._next()) is not None:
            size += len(chunk)
            if size > self._config.upload_limit:
                raise bodies.too_large(self._config.upload_limit)
            if not self.content_type:
                start += chunk
                if len(start) < LONGEST_SIGNATURE:
                    continue
                chunk, self.content_type = start, self._type(start)
            yield chunk
        if not self.content_type:
            raise self._other()

    async def discard(self) -> None:
        """Not of a client who waits to hear whether he may send (Expect)."""
        if "expect" not in self._request.headers:
            await bodies.discard(self._stream)

    async def _next(self) -> bytes | None:
        async with asyncio.timeout(self._config.body_seconds):
            return await anext(self._stream, None)

    def _type(self, start: bytes) -> str:
        found = next((one for one in self._takes if start.startswith(SIGNATURES[one])), None)
        if found is None:
            raise self._other()
        return found

    def _other(self) -> Problem:
        names = ", ".join(self._takes)
        return Problem("unsupported-media-type", f"Send one of {names}.", headers={"Accept": names, **bodies.CLOSE})


async def give(request: Request, blobs: Blobs, file: Given) -> Response:
    """The file, or 304 for who has it. Raises Problem 404 when it was deleted meanwhile."""
    tag = f'"{file.tag}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300", **file.headers}
    if conditional.known(request, tag):
        return Response(status_code=304, headers=headers)
    if not await blobs.exists(file.address):
        raise Problem("not-found")
    headers["Content-Length"] = str(file.size)
    if request.method == "HEAD":
        return Response(None, 200, headers, file.content_type)
    return StreamingResponse(blobs.open(file.address), 200, headers, file.content_type)
