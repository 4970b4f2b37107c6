"""Reads RabbitMQ's management API for one namespace: what exists there, and how full it is."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from yarl import URL

from infra.topology import Binding


class Management:
    """`url` is the API's address; user, password and vhost are those of the AMQP address.

    Every method raises httpx.HTTPError when the API is away or refuses the user.
    """

    def __init__(self, url: str, amqp_url: str) -> None:
        amqp = URL(amqp_url)
        self.vhost = quote(amqp.path[1:] or "/", safe="")
        login = httpx.BasicAuth(amqp.user or "guest", amqp.password or "guest")
        base = str(URL(url).with_user(None)).rstrip("/")
        self._api = httpx.AsyncClient(base_url=base, auth=login, timeout=10, trust_env=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        await self._api.aclose()

    async def exchanges(self) -> set[str]:
        return {one["name"] for one in await self._list("exchanges", ["name"])}

    async def queue_names(self) -> set[str]:
        return {one["name"] for one in await self._list("queues", ["name"])}

    async def bindings(self) -> set[Binding]:
        found = await self._list("bindings", ["source", "destination", "destination_type", "routing_key"])
        return {
            Binding(one["source"], one["destination"], one["routing_key"], exchange=one["destination_type"] == "exchange")
            for one in found
            if one["source"]
        }

    async def queues(self) -> list[dict[str, Any]]:
        """With their counts, and their rates as the broker samples them (every 5 s by default)."""
        return await self._list("queues", ())

    async def _list(self, what: str, columns: Iterable[str]) -> list[dict[str, Any]]:
        answer = await self._api.get(f"/api/{what}/{self.vhost}", params={"columns": ",".join(columns)} if columns else None)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found
