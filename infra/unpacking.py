"""AMQP 0-9-1 frames of deliveries, read here: pamqp reads them field by field and takes four times as long.

What is not the usual is left to pamqp; a test compares the two. And a header that even pamqp cannot read (a message id that
is no UTF-8, say) belongs to a message without properties, which its lane lays aside as unreadable. aiormq would give up the
connection instead, get the same message again on the next one, and go on like that for ever.
"""

from __future__ import annotations

import asyncio
from struct import Struct, error
from typing import Any

import pamqp.frame
from aiormq.connection import FrameReceiver, ReceivedFrame
from aiormq.exceptions import AMQPConnectionError, InvalidFrameError
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.exceptions import PAMQPException
from pamqp.header import ContentHeader

from infra import frames

DELIVER = bytes((0, frames.BASIC, 0, 60))
PRIORITY = 1 << 11
USUAL = (
    frames.CONTENT_TYPE | frames.HEADERS | frames.DELIVERY_MODE | PRIORITY | frames.CORRELATION | frames.REPLY_TO
    | frames.EXPIRATION | frames.MESSAGE | frames.TYPE | frames.USER
)  # fmt: skip
"""Properties that are read here; with any other one the whole header is pamqp's."""

_frame = Struct(">BHI").unpack
_head = Struct(">HHQH").unpack_from
_tag = Struct(">Q").unpack_from
_length = Struct(">I").unpack_from
_integer = Struct(">q").unpack_from
_short_integer = Struct(">i").unpack_from

_slowly = FrameReceiver.get_frame


def install() -> None:
    """For all connections of this process, FastStream's and aio-pika's among them."""
    FrameReceiver.get_frame = _get_frame  # type: ignore[method-assign]


async def _get_frame(self: FrameReceiver) -> ReceivedFrame:
    """As aiormq's own, once the handshake is over. Raises AMQPConnectionError and InvalidFrameError as that does."""
    if not self.started or self.reader.at_eof():
        return await _slowly(self)
    try:
        front = await self.reader.readexactly(7)
        kind, channel, size = _frame(front)
        rest = await self.reader.readexactly(size + 1)
    except (asyncio.IncompleteReadError, OSError) as lost:
        raise AMQPConnectionError(f"the connection is gone: {type(lost).__name__}") from lost
    if rest[-1:] != frames.END:
        raise InvalidFrameError("a frame does not end where it should")
    if kind == frames.BODY:
        return size + 8, channel, ContentBody(rest[:-1])
    if kind == frames.HEADER:
        return size + 8, channel, header(rest[:-1])
    if rest[:4] == DELIVER:
        return size + 8, channel, deliver(rest)
    try:
        return pamqp.frame.unmarshal(front + rest)
    except PAMQPException as strange:
        raise InvalidFrameError(str(strange)) from strange


def deliver(raw: bytes) -> Basic.Deliver:
    consumer, at = _text(raw, 4)
    (tag,) = _tag(raw, at)
    exchange, following = _text(raw, at + 9)
    key, _ = _text(raw, following)
    return Basic.Deliver(consumer, tag, bool(raw[at + 8] & 1), exchange, key)


def header(raw: bytes) -> ContentHeader:
    try:
        return _usual(raw)
    except (ValueError, IndexError, error):
        pass
    found = ContentHeader()
    try:
        found.unmarshal(raw)
    except (ValueError, TypeError, OverflowError, LookupError, error):
        found = ContentHeader(body_size=_head(raw, 0)[2])
    return found


def _usual(raw: bytes) -> ContentHeader:
    """Raises ValueError, IndexError or struct.error for what is not the usual."""
    of, weight, size, flags = _head(raw, 0)
    if flags & ~USUAL:
        raise ValueError
    told: dict[str, Any] = {}
    at = 14
    if flags & frames.CONTENT_TYPE:
        told["content_type"], at = _text(raw, at)
    if flags & frames.HEADERS:
        told["headers"], at = _table(raw, at)
    if flags & frames.DELIVERY_MODE:
        told["delivery_mode"], at = raw[at], at + 1
    if flags & PRIORITY:
        told["priority"], at = raw[at], at + 1
    for bit, name in _TEXTS:
        if flags & bit:
            told[name], at = _text(raw, at)
    if at > len(raw):
        raise ValueError
    found = ContentHeader(weight, size, Basic.Properties(**told))
    found.class_id = of
    return found


_TEXTS = (
    (frames.CORRELATION, "correlation_id"), (frames.REPLY_TO, "reply_to"), (frames.EXPIRATION, "expiration"),
    (frames.MESSAGE, "message_id"), (frames.TYPE, "message_type"), (frames.USER, "user_id"),
)  # fmt: skip


def _text(raw: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + raw[at]
    return raw[at + 1 : end].decode(), end


def _table(raw: bytes, at: int) -> tuple[dict[str, Any], int]:
    (size,) = _length(raw, at)
    at += 4
    end = at + size
    found: dict[str, Any] = {}
    while at < end:
        name, at = _text(raw, at)
        kind = raw[at]
        if kind == 83:  # S: a long text
            (length,) = _length(raw, at + 1)
            found[name] = raw[at + 5 : at + 5 + length].decode()
            at += 5 + length
        elif kind == 108:  # l
            (found[name],) = _integer(raw, at + 1)
            at += 9
        elif kind == 73:  # I
            (found[name],) = _short_integer(raw, at + 1)
            at += 5
        else:
            raise ValueError
    if at != end:
        raise ValueError
    return found, end
