"""The routes of one domain as a declaration: method, path, what comes in, what goes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel

from contracts.message import Event
from edge.caches import Kept
from edge.calls import Call, Empty, Intent
from edge.channels import Channel
from edge.files import Given, Received

JSON = "application/json"
CSV = "text/csv"

B = TypeVar("B")
Posting: TypeAlias = Callable[[Call[B]], Awaitable[Intent]]
Getting: TypeAlias = Callable[[Call[None]], Awaitable[bytes]]
Giving: TypeAlias = Callable[[Call[None]], Awaitable[Given]]
Taking: TypeAlias = Callable[[Call[Received]], Awaitable[Intent]]


class Key(Enum):
    """Whether a request names its operation itself (S3-57)."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class Guard(Enum):
    """Who may come as far as the route, besides an admin; whose object it is, the route itself checks.

    A route for two roles takes ANYONE_KNOWN and says `call.principal.must_be("cast", "guest")`.
    """

    ADMIN = "admin"
    CAST = "cast"
    CUSTOMER = "customer"
    GUEST = "guest"
    ANYONE_KNOWN = "any role"
    SIGNED = "a signature of the sender"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`body_key` names the body's field that is the idempotency key (seed routes). A CSV that comes `as_sent` is handed
    over in bytes, in whatever encoding it has.

    `takes` are the media types of a file that comes in, `gives` those of one that goes out.
    """

    method: str
    path: str
    handler: Callable[[Call[Any]], Awaitable[Any]]
    tag: str
    guard: Guard
    body: type[BaseModel] | None = None
    body_required: bool = True
    answer: type[BaseModel] | None = None
    query: type[BaseModel] = Empty
    key: Key = Key.NONE
    body_key: str = ""
    consumes: str = JSON
    as_sent: bool = False
    ids: Sequence[str] = ()
    takes: Sequence[str] = ()
    gives: Sequence[str] = ()

    @property
    def writes(self) -> bool:
        """A command; else a query."""
        return self.method != "GET"

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or self.handler.__name__).strip().splitlines()[0].rstrip(".")

    @property
    def operation_id(self) -> str:
        return f"{self.tag}_{self.handler.__name__}"


class Routes:
    """Collects the endpoints of `edge/routes/<domain>.py`; the application finds the modules by folder."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.endpoints: list[Endpoint] = []
        self.channels: list[Channel] = []
        self.kept: list[Kept] = []

    def keep(self, name: str, seconds: float, key: str, *stale: type[Event]) -> Kept:
        """What a route may answer from memory, by `call.ask_kept`."""
        self.kept.append(Kept(name, seconds, key, stale))
        return self.kept[-1]

    def channel(self, name: str, *events: type[Event], **more: Any) -> None:
        """What may be followed over the socket as `name:<id>`; the rest as in `Channel`."""
        self.channels.append(Channel(name, events, **more))

    def post(
        self, path: str, body: type[BaseModel] | None = None, *, guard: Guard = Guard.ANYONE_KNOWN, **more: Any
    ) -> Callable[[Callable[[Call[Any]], Awaitable[Intent]]], Callable[[Call[Any]], Awaitable[Intent]]]:
        """A command: accepted with 202, or waited for."""
        return self._add("POST", path, guard=guard, body=body, **{"key": Key.OPTIONAL, **more})

    def put(
        self, path: str, body: type[BaseModel], *, guard: Guard = Guard.ANYONE_KNOWN, **more: Any
    ) -> Callable[[Callable[[Call[Any]], Awaitable[Intent]]], Callable[[Call[Any]], Awaitable[Intent]]]:
        return self._add("PUT", path, guard=guard, body=body, **{"key": Key.OPTIONAL, **more})

    def patch(
        self, path: str, body: type[BaseModel], *, guard: Guard = Guard.ANYONE_KNOWN, **more: Any
    ) -> Callable[[Callable[[Call[Any]], Awaitable[Intent]]], Callable[[Call[Any]], Awaitable[Intent]]]:
        return self._add("PATCH", path, guard=guard, body=body, **{"key": Key.OPTIONAL, **more})

    def delete(
        self, path: str, *, guard: Guard = Guard.ANYONE_KNOWN, **more: Any
    ) -> Callable[[Callable[[Call[Any]], Awaitable[Intent]]], Callable[[Call[Any]], Awaitable[Intent]]]:
        return self._add("DELETE", path, guard=guard, **{"key": Key.OPTIONAL, "body_required": False, **more})

    def get(
        self, path: str, answer: type[BaseModel], *, guard: Guard = Guard.ANYONE_KNOWN, **more: Any
    ) -> Callable[[Callable[[Call[Any]], Awaitable[bytes]]], Callable[[Call[Any]], Awaitable[bytes]]]:
        """A query: the JSON of its answer."""
        return self._add("GET", path, guard=guard, answer=answer, **more)

    def upload(self, path: str, takes: Sequence[str], **more: Any) -> Callable[[Taking], Taking]:
        """A command about a file, which is stored when the route sees it and is the caller's own."""
        return self._add("POST", path, guard=Guard.ANYONE_KNOWN, takes=takes, **{"key": Key.OPTIONAL, **more})

    def file(self, path: str, gives: Sequence[str], **more: Any) -> Callable[[Giving], Giving]:
        """A query that is answered with a stored file."""
        return self._add("GET", path, guard=Guard.ANYONE_KNOWN, gives=gives, **more)

    def _add(self, method: str, path: str, **more: Any) -> Callable[[Any], Any]:
        def add(handler: Callable[[Call[Any]], Awaitable[Any]]) -> Callable[[Call[Any]], Awaitable[Any]]:
            self.endpoints.append(Endpoint(method, path, handler, self.tag, **more))
            return handler

        return add
