"""AMQP 0-9-1 frames of one message, packed here: pamqp does it field by field and takes ten times as long.

What a message has beyond its body is nearly always text, and its names come from a small set that is packed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from struct import Struct
from typing import Any

from pamqp import encode

METHOD, HEADER, BODY = 1, 2, 3
END = b"\xce"
BASIC, PUBLISH = 60, 40

_frame = Struct(">BHI").pack
_head = Struct(">HHQH").pack
_long = Struct(">I").pack
_integer = Struct(">cq").pack

# The bits that say which properties follow, in the order in which they do.
CONTENT_TYPE, HEADERS, DELIVERY_MODE = 1 << 15, 1 << 13, 1 << 12
CORRELATION, REPLY_TO, EXPIRATION, MESSAGE, TYPE, USER = 1 << 10, 1 << 9, 1 << 8, 1 << 7, 1 << 5, 1 << 4
_JSON = b"\x10application/json"


def message(
    channel: int, largest: int, exchange: str, key: str, body: bytes, *, kind: str, identity: str = "", correlation: str = "",
    headers: Mapping[str, Any] | None = None, lasting: bool = True, mandatory: bool = False, user: str = "",
    reply_to: str = "", expiration: str = "",
) -> bytes:  # fmt: skip
    """`largest` is the connection's frame size. Raises ValueError or TypeError for what AMQP cannot carry."""
    flags = CONTENT_TYPE | DELIVERY_MODE | TYPE
    parts = [_JSON]
    if headers:
        flags |= HEADERS
        parts.append(_table(headers))
    parts.append(b"\x02" if lasting else b"\x01")
    for bit, text in ((CORRELATION, correlation), (REPLY_TO, reply_to), (EXPIRATION, expiration), (MESSAGE, identity)):
        if text:
            flags |= bit
            parts.append(_short(text))
    parts.append(_known(kind))
    if user:
        flags |= USER
        parts.append(_known(user))
    properties = b"".join(parts)
    head = _frame(HEADER, channel, len(properties) + 14) + _head(BASIC, 0, len(body), flags) + properties + END
    return _method(channel, exchange, key, mandatory) + head + _content(channel, largest - 8, body)


def _content(channel: int, most: int, body: bytes) -> bytes:
    if len(body) <= most:
        return _frame(BODY, channel, len(body)) + body + END if body else b""
    pieces = (body[n : n + most] for n in range(0, len(body), most))
    return b"".join(_frame(BODY, channel, len(one)) + one + END for one in pieces)


def _table(headers: Mapping[str, Any]) -> bytes:
    parts: list[bytes] = []
    for name, value in headers.items():
        parts.append(_known(name))
        if type(value) is str:
            text = value.encode()
            parts.append(b"S" + _long(len(text)) + text)
        elif type(value) is int:
            parts.append(_integer(b"l", value))
        else:
            parts.append(encode.encode_table_value(value))
    table = b"".join(parts)
    return _long(len(table)) + table


def _short(text: str) -> bytes:
    """Raises ValueError over 255 bytes."""
    raw = text.encode()
    return bytes((len(raw),)) + raw


_known = lru_cache(2048)(_short)
"""For names, types and users, of which there are few."""


@lru_cache(2048)
def _method(channel: int, exchange: str, key: str, mandatory: bool) -> bytes:
    fields = b"\x00\x00" + _short(exchange) + _short(key) + (b"\x01" if mandatory else b"\x00")
    return _frame(METHOD, channel, len(fields) + 4) + bytes((0, BASIC, 0, PUBLISH)) + fields + END
