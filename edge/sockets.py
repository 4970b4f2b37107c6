"""`/v1/socket`: who may open a connection, how many there are, and what an address on it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from functools import partial
from urllib.parse import parse_qs, urlsplit

from starlette.types import Receive, Scope, Send

from edge import streams
from edge.calls import Call
from edge.channels import Hub, Told, follow
from edge.context import Context, context_of
from edge.core import Edge
from edge.languages import Language
from edge.principals import Principal
from edge.problems import Problem
from edge.socket import Socket
from edge.tickets import refused
from edge.views import view
from infra import clock

PATH = "/v1/socket"
OPERATION = "operation"
MICROSECOND = 1_000_000


class Sockets:
    """The open connections of this process, counted."""

    def __init__(self, edge: Edge, hub: Hub, origins: Iterable[str] = ()) -> None:
        self.edge, self.hub = edge, hub
        self.origins = frozenset(one.rstrip("/") for one in origins)
        self.open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises Problem before the connection is accepted, and never after."""
        if scope["path"] != PATH:
            raise Problem("not-found")
        context = context_of(scope)
        context.route = PATH
        self._check_origin(scope)
        principal = await self._admit(scope, context)
        await receive()
        socket = Socket(
            principal, context.language, self.edge.config, partial(self._following, principal, context.language), receive, send
        )
        self.open[principal.subject] += 1
        try:
            await socket.run()
        finally:
            self.open[principal.subject] -= 1
            self.open += Counter()

    def _check_origin(self, scope: Scope) -> None:
        """A browser says which page asks: one of the edge's own, or of a listed origin. Other clients say nothing."""
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get(b"origin", "")
        if origin and origin not in self.origins and urlsplit(origin).netloc != headers.get(b"host"):
            raise Problem("forbidden", "This origin is not on the list.")

    async def _admit(self, scope: Scope, context: Context) -> Principal:
        edge = self.edge
        if self.open.total() >= edge.config.most_sockets:
            raise Problem("overloaded", "Too many sockets are open.", headers={"Retry-After": "5"})
        ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [])
        try:
            if len(ticket) != 1:
                raise refused()
            principal = await edge.tickets.redeem(ticket[0])
        except Problem:
            edge.slow_down(edge.failures.wait(context.client))
            raise
        context.principal = principal
        edge.slow_down(edge.by_principal.wait(principal.subject))
        if self.open[principal.subject] >= edge.config.most_sockets_each:
            detail = f"At most {edge.config.most_sockets_each} sockets."
            raise Problem("too-many-requests", detail, headers={"Retry-After": "5"})
        return principal

    async def _following(self, principal: Principal, language: Language, address: str, after: int) -> AsyncIterator[Told]:
        name, _, identity = address.partition(":")
        if name == OPERATION:
            async for told in self._operation(principal, language, identity, after):
                yield told
            return
        channel = self.hub.channels.get(name)
        if channel is None:
            raise Problem("not-found")
        call = Call(self.edge, principal, {channel.key: identity}, None, None, "", clock.utcnow(), {}, b"")
        call.id(channel.key)
        await channel.may(call)
        with self.hub.feed(address) as feed:
            async for told in follow(channel, call, feed, after):
                yield told

    async def _operation(self, principal: Principal, language: Language, identity: str, after: int) -> AsyncIterator[Told]:
        """Each state as a whole, numbered by its time: whoever missed one needs only the last."""
        operation = await self.edge.operation(identity, principal)
        async for found in streams.changes(self.edge, operation.operation_id):
            if found is not None and (number := _micros(found.updated_at)) > after:
                after = number
                yield Told(number, "operation.status", view(found, language))


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * MICROSECOND + moment.microsecond
