"""One RabbitMQ user per domain, allowed only what it needs (S0-80, S0-81), made through the management API.

Nobody but the operator may write to the default exchange: that is write permission on every queue.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from yarl import URL

from infra.settings import Settings
from infra.unavailable import Unavailable
from infra.vault import Vault

OPERATOR, MONITORING, JOBS, EDGE = "operator", "monitoring", "jobs", "edge"
HASH = "x-consistent-hash"


@dataclass(frozen=True, slots=True)
class Access:
    """Regular expressions over names: what may be declared, written to and read from.

    By exchange, `topics` are those that may be published, `hears` those that a queue may be bound with.
    """

    configure: str
    write: str
    read: str
    topics: Mapping[str, str] = field(default_factory=dict)
    tags: str = ""
    hears: Mapping[str, str] = field(default_factory=dict)


def access(name: str, sends: Collection[str] | None = None) -> Access:
    """What a user needs. `sends`: the topics of other domains' commands it may send; None means any."""
    match name:
        case "operator":
            return Access(".*", ".*", ".*", tags="management")
        case "monitoring":
            return Access("^$", "^$", ".*", tags="monitoring")
        case "jobs":
            return Access(r"\.jobs(\.DQ|\.XQ)?$", r"^jobs$|\.jobs(\.DQ|\.XQ)?$", r"\.jobs(\.DQ|\.XQ)?$")
        case "edge":
            # Its own exclusive queues come and go with each process: declared, bound and read by the edge itself.
            written = r"^(edge\..*|commands|events|queries|replies|jobs|notices|dead-letters)$"
            read = r"^(edge(\..*)?|events|replies|notices)$"
            return Access(r"^edge\..*", written, read, _topics_of("edge"))
        case _:
            topics = _topics_of(name)
            if sends is not None:
                topics["commands"] = _topics(name, sends)
            return Access("^$", "^(commands|events|replies|jobs|dead-letters)$", rf"^{re.escape(name)}(\..+)?$", topics)


def _topics_of(name: str) -> dict[str, str]:
    """What it tells, what it gives its own jobs, and its own dead letters."""
    return {"events": _topics(name), "jobs": _topics(name), "dead-letters": rf"^{re.escape(name)}$"}


def _topics(domain: str, others: Iterable[str] = ()) -> str:
    """Its own topics, those the kernel speaks for everybody, and the named ones."""
    named = "".join(f"|{re.escape(topic)}$" for topic in sorted(others))
    return rf"^({re.escape(domain)}\.|operation\.|heartbeat\.|record\.{named})"


def user_of(settings: Settings, name: str) -> str:
    return f"{settings.namespace}-{name}"


def address_of(settings: Settings, name: str) -> str:
    """The AMQP address of that user in the namespace's vhost; the administrator's own where users cannot be made."""
    if not settings.management_url:
        return settings.amqp_url
    password = Vault(settings.folder).password("broker", settings.namespace, name)
    user = user_of(settings, name)
    return str(URL(settings.amqp_url).with_user(user).with_password(password).with_path(f"/{settings.namespace}"))


async def make(settings: Settings, names: Iterable[str], sends: Mapping[str, Collection[str]]) -> None:
    """The vhost, and a user for each name. Raises Unavailable when the server lacks rights or the plugin."""
    async with api_of(settings) as api:
        await check(settings, api)
        vhost = quote(settings.namespace, safe="")
        await put(api, f"/api/vhosts/{vhost}", {})
        await asyncio.gather(*(make_user(settings, api, name, access(name, sends.get(name))) for name in names))


async def drop(settings: Settings, names: Iterable[str]) -> None:
    """The vhost with all its queues, and the users. What is not there is no error."""
    async with api_of(settings) as api:
        users = (f"/api/users/{user_of(settings, name)}" for name in names)
        await asyncio.gather(*(api.delete(path) for path in [f"/api/vhosts/{settings.namespace}", *users]))


async def check(settings: Settings, api: httpx.AsyncClient) -> None:
    try:
        who = await api.get("/api/whoami")
    except httpx.HTTPError as error:
        raise Unavailable(
            f"RabbitMQ's management API does not answer at {_shown(settings.management_url)} ({type(error).__name__}). "
            "Is the management plugin enabled there (rabbitmq-plugins enable rabbitmq_management)?"
        ) from None
    if who.status_code == 401:
        raise Unavailable(f"RabbitMQ at {_shown(settings.management_url)} refuses the user of HIKYAKU_MANAGEMENT_URL.")
    tags = who.raise_for_status().json()["tags"]
    if "administrator" not in (tags.split(",") if isinstance(tags, str) else tags):
        raise Unavailable(
            "The user of HIKYAKU_MANAGEMENT_URL is not an administrator of RabbitMQ and cannot make users. "
            "Give it the tag (rabbitmqctl set_user_tags USER administrator)."
        )
    overview = (await api.get("/api/overview")).raise_for_status().json()
    if HASH not in {one["name"] for one in overview["exchange_types"]}:
        raise Unavailable(
            "RabbitMQ lacks the consistent-hash exchange that partitioned groups need. "
            "Enable it there: rabbitmq-plugins enable rabbitmq_consistent_hash_exchange."
        )


def api_of(settings: Settings) -> httpx.AsyncClient:
    url = URL(settings.management_url)
    login = httpx.BasicAuth(url.user or "guest", url.password or "guest")
    return httpx.AsyncClient(base_url=str(url.with_user(None)).rstrip("/"), auth=login, timeout=15, trust_env=False)


async def make_user(settings: Settings, api: httpx.AsyncClient, name: str, may: Access) -> None:
    user, vhost = user_of(settings, name), settings.namespace
    password = Vault(settings.folder).password("broker", settings.namespace, name)
    await put(api, f"/api/users/{user}", {"password": password, "tags": may.tags})
    rights = {"configure": may.configure, "write": may.write, "read": may.read}
    await put(api, f"/api/permissions/{vhost}/{user}", rights)
    for exchange in {**may.topics, **may.hears}:
        topics = {"write": may.topics.get(exchange, "^$"), "read": may.hears.get(exchange, ".*")}
        await put(api, f"/api/topic-permissions/{vhost}/{user}", {"exchange": exchange, **topics})


async def put(api: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    (await api.put(path, json=body)).raise_for_status()


def _shown(url: str) -> str:
    """The address without its password."""
    return str(URL(url).with_user(None))
