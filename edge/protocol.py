"""HTTP/1.1 and WebSocket as uvicorn speaks them, with bounds that it does not have.

Headers have a time and a size (slowloris); a connection that is given up is gone although its reader takes nothing more.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from edge.headers import SECURITY
from edge.problems import MEDIA_TYPE, Problem

HEADER_SECONDS = 10.0
HEADER_BYTES = 64 * 1024
LINGER_SECONDS = 2.0


class BoundedProtocol(HttpToolsProtocol):
    """A connection has ten seconds from its first byte, or from being opened, until its headers are complete."""

    _timer: asyncio.TimerHandle | None = None
    _header_bytes = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._start_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._header_bytes = 0
        self._start_timer()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._stop_timer()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP gets a problem document as well."""
        problem = Problem("headers-too-large" if self._header_bytes > HEADER_BYTES else "malformed-request", msg)
        self._refuse(problem)

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > HEADER_BYTES:
            raise ValueError("the headers are too large")

    def _start_timer(self) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        if not self.transport.is_closing():
            self._refuse(Problem("request-timeout"))

    def _refuse(self, problem: Problem) -> None:
        body = problem.body("en", "")
        head = [
            b"HTTP/1.1 %d \r\n" % problem.status,
            *(b"%s: %s\r\n" % pair for pair in SECURITY),
            b"content-type: %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % (MEDIA_TYPE.encode(), len(body)),
        ]
        self.transport.write(b"".join([*head, body]))
        self.transport.close()


class BoundedSocketProtocol(WebSocketsSansIOProtocol):
    """Addresses with tickets stay out of the log, and what was not read two seconds after the end is never read."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.logger = logging.getLogger("edge.socket")
        self.logger.setLevel(logging.WARNING)

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)
