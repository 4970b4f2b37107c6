"""What a route sees of a request, and what it may answer with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import BaseModel

from contracts.message import Command, Query
from edge.caches import Kept
from edge.principals import Principal
from edge.problems import Problem

if TYPE_CHECKING:
    from edge.core import Edge

B = TypeVar("B")
ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$")


@dataclass(frozen=True, slots=True)
class Intent:
    """A command to accept. `ids` name what it will create, `links` where that can be read.

    `more` are further commands of the same operation: the other parts of an import. `stale` are kept answers that it
    will change, with their ids, so that who changes something reads it changed.
    """

    command: Command
    ids: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    more: Sequence[Command] = ()
    stale: Sequence[tuple[Kept, str]] = ()


class Empty(BaseModel, extra="forbid"):
    """No parameters."""


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    """One request: who asks, for what, with which body. `key` is the idempotency key, empty when there is none."""

    edge: Edge
    principal: Principal
    path: Mapping[str, str]
    body: B
    query: Any
    key: str
    now: datetime
    headers: Mapping[str, str]
    raw: bytes

    def id(self, name: str) -> str:
        """An id out of the path. What can't be an id names nothing: Problem 404."""
        found = self.path[name]
        if not ID.match(found):
            raise Problem("not-found")
        return found

    async def ask(self, query: Query) -> bytes:
        """The owner's answer as JSON. Raises Problem: 404 for nothing, 504 when late."""
        answer = await self.edge.ask(query)
        if answer is None:
            raise Problem("not-found")
        return answer

    async def ask_kept(self, kept: Kept, key: str, query: Query, part: str = "") -> bytes:
        """The same, from memory while nothing has made it stale; `part` is which page or view of the thing."""
        return await self.edge.ask_cached(self.edge.caches.of(kept), key, query, part)

    async def glance(self, query: Query) -> dict[str, Any] | None:
        """The answer if it comes at once, as a look ahead that must not hold up a command; else None.

        Raises Problem 404 when the owner says that there is no such thing.
        """
        return await self.edge.glance(query)
