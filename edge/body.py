"""The body of a request: counted while it streams in, in bounded time, whatever its headers say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import Request

from edge.problems import Problem

CLOSE = {"Connection": "close"}
"""The rest of the body is not worth reading."""

UTF_8 = frozenset({"", "utf-8", "utf8"})

DISCARDED = 32 * 1024 * 1024
DISCARDING = 0.5
"""Bytes and seconds for which we read on before refusing a large body."""


async def read(request: Request, limit: int, seconds: float) -> bytes:
    """Raises Problem 413 for more than `limit` bytes, also without a Content-Length, and 408 for a slow one."""
    stream = request.stream()
    if declares_more(request, limit):
        if "expect" not in request.headers:
            await discard(stream)
        raise too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in stream:
                size += len(chunk)
                if size > limit:
                    await discard(stream)
                    raise too_large(limit)
                chunks.append(chunk)
    except TimeoutError:
        raise Problem("request-timeout", f"The body did not arrive within {seconds:g} s.", headers=CLOSE) from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def declares_more(request: Request, limit: int) -> bool:
    declared = request.headers.get("content-length", "")
    return declared.isdecimal() and int(declared[:20]) > limit


async def discard(stream: AsyncIterator[bytes]) -> None:
    """Most of a body that is refused: closing upon bytes nobody has read resets the connection, and our answer is lost."""
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARDING):
            async for chunk in stream:
                size += len(chunk)
                if size > DISCARDED:
                    return


def must_be(request: Request, media_type: str, *, charsets: frozenset[str] | None = UTF_8) -> None:
    """Raises Problem 415 for another content type, or another charset than these (None: any)."""
    written = request.headers.get("content-type", "")
    if written == media_type:
        return
    found, _, parameters = written.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if found.strip().lower() != media_type or (charsets is not None and charset not in charsets):
        wanted = f"Send {media_type} in UTF-8." if charsets else f"Send {media_type}."
        raise Problem("unsupported-media-type", wanted, headers={"Accept": media_type})


def acceptable(request: Request, media_type: str) -> None:
    """Raises Problem 406 when the caller takes neither `media_type` nor anything at all."""
    accept = request.headers.get("accept", "")
    if not accept or "*/*" in accept or media_type in accept:
        return
    wanted = {part.partition(";")[0].strip().lower() for part in accept.split(",")}
    if not wanted & {media_type, media_type.split("/")[0] + "/*", "application/problem+json"}:
        raise Problem("not-acceptable", f"This answers with {media_type}.")


def too_large(limit: int) -> Problem:
    return Problem("content-too-large", f"At most {limit} bytes.", headers=CLOSE)
