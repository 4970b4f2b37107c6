"""The sagas of every domain that publishes them: three types, `get-saga`, `list-sagas` and `mend-saga`, by their names.

There is no HTTP route for them: an operator asks and commands over the broker, with the operator's own user.
"""

from __future__ import annotations

import asyncio
import getpass
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

from contracts.message import Command, Message, Query, catalogue, domain_of
from infra.asking import Asker
from infra.console import speaking
from infra.console.place import Place
from infra.publisher import Publisher

Action = Literal["retry", "compensate", "skip"]
PAGE = 200
MENDABLE = {"retry": ("stuck",), "skip": ("stuck",), "compensate": ("running", "stuck")}
"""States in which an operator's word can count; the owner of the saga decides."""


def hosts() -> list[str]:
    """The domains that host sagas."""
    return sorted(domain_of(topic) for topic in catalogue() if topic.endswith(".get-saga.v1"))


class Sagas:
    """Of one domain. Raises Late when its owner does not answer, and LookupError for a saga that does not exist."""

    def __init__(self, domain: str, asker: Asker, publisher: Publisher) -> None:
        self.domain, self._asker, self._publisher = domain, asker, publisher

    async def all(self, state: str, most: int) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        while cursor is not None and len(found) < most:
            page = await self._ask("list-sagas", state=state, cursor=cursor, limit=min(PAGE, most - len(found)))
            found += page["items"]
            cursor = page["next_cursor"]
        return found[:most]

    async def one(self, identity: str) -> dict[str, Any]:
        kind = self._kind("get-saga")
        return await self._ask("get-saga", **{kind.about: identity})

    async def mend(self, identity: str, action: Action, reason: str, patience: float) -> dict[str, Any] | None:
        """The saga after the operator's word; None when nothing changed within `patience` seconds."""
        before = await self.one(identity)
        kind = self._kind("mend-saga")
        given = {kind.about: identity, "action": action, "reason": reason, "actor": getpass.getuser()}
        if kind.key:
            given[kind.key] = before[kind.key]
        command = kind.model_validate(given)
        assert isinstance(command, Command)
        await speaking.command(self._publisher, command)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            await asyncio.sleep(0.2)
            after = await self.one(identity)
            if after != before:
                return after
        return None

    async def settle(self, identity: str, patience: float) -> dict[str, Any]:
        """The saga once it waits for nobody, or as it is after `patience` seconds."""
        until = time.monotonic() + patience
        while (found := await self.one(identity))["state"] in ("running", "compensating") and time.monotonic() < until:
            await asyncio.sleep(0.2)
        return found

    async def _ask(self, what: str, **fields: Any) -> dict[str, Any]:
        kind = self._kind(what)
        assert issubclass(kind, Query)
        answer = await self._asker.ask(kind.model_validate(fields), timeout=10)
        if answer is None:
            raise LookupError(f"{self.domain} has no saga {' '.join(map(str, fields.values()))}.")
        found: dict[str, Any] = json.loads(answer)
        return found

    def _kind(self, what: str) -> type[Message]:
        try:
            return catalogue()[f"{self.domain}.{what}.v1"]
        except KeyError:
            raise LookupError(f"{self.domain} hosts no sagas; these do: {', '.join(hosts())}.") from None


@asynccontextmanager
async def sagas(place: Place, *domains: str) -> AsyncIterator[list[Sagas]]:
    """Of each of these hosts, over one connection."""
    publisher = Publisher(place.operator_url, "operator")
    asker = Asker(place.operator_url, publisher, "operator")
    await asker.start()
    try:
        yield [Sagas(domain, asker, publisher) for domain in domains]
    finally:
        await asker.close()
        await publisher.close()
