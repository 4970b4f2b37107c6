"""Programs outside that publish commands over AMQP, without HTTP: a broker user each, with the rights for that alone.

A producer `shelf` in namespace `ns` is the user `ns-producer-shelf`. It may publish the types it was given to `commands`,
and declare, bind to `replies` under their own names, and read the queues `ns-producer-shelf.…`: there its outcomes arrive.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import quote

import httpx

from contracts.message import Command, catalogue
from infra import accounts_broker
from infra.accounts_broker import Access
from infra.settings import Settings
from infra.topology import COMMANDS, REPLIES
from infra.unavailable import Unavailable
from infra.vault import Vault

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
LIMITS = {"max-connections": 10, "max-channels": 40}
QUEUES = {"max-length": 1_000, "overflow": "reject-publish", "expires": 30 * 60_000, "message-ttl": 10 * 60_000}
"""Of a producer's own queues, however it declares them: answers nobody fetches are no burden. Milliseconds."""


def access(user: str, commands: Collection[str]) -> Access:
    own = rf"^{re.escape(user)}\."
    types = "|".join(re.escape(one) for one in sorted(commands))
    return Access(
        configure=own, write=rf"^{COMMANDS}$|{own}", read=rf"^{REPLIES}$|{own}",
        topics={COMMANDS: f"^({types})$"}, hears={REPLIES: own},
    )  # fmt: skip


def known(settings: Settings) -> Mapping[str, list[str]]:
    """The producers of this namespace, with the types that each may publish."""
    found: dict[str, list[str]] = Vault(settings.folder).read().get("producers", {}).get(settings.namespace, {})
    return found


async def add(settings: Settings, name: str, commands: Collection[str]) -> str:
    """The AMQP address, with its password; added again, a producer keeps that and gets these rights.

    Raises LookupError for a name or a type that cannot be, Unavailable when the broker cannot make users.
    """
    if not NAME.fullmatch(name):
        raise LookupError(f"{name} cannot be a producer's name: up to 30 small letters, digits and _, a letter first.")
    types = {topic for topic, kind in catalogue().items() if issubclass(kind, Command)}
    if strange := sorted(set(commands) - types):
        raise LookupError(f"There is no command {', '.join(strange)}; there are:\n  " + "\n  ".join(sorted(types)))
    await make(settings, {name: sorted(set(commands))})
    with Vault(settings.folder).change() as document:
        document.setdefault("producers", {}).setdefault(settings.namespace, {})[name] = sorted(set(commands))
    return accounts_broker.address_of(settings, account(name))


async def make(settings: Settings, producers: Mapping[str, Collection[str]]) -> None:
    """Their users, with limits. Raises Unavailable without an address of the management API."""
    if not producers:
        return
    if not settings.management_url:
        raise Unavailable("HIKYAKU_MANAGEMENT_URL is not set: no user can be made, and a shared one may do everything.")
    async with accounts_broker.api_of(settings) as api:
        vhost = quote(settings.namespace, safe="")
        own = {"pattern": rf"^{re.escape(settings.namespace)}-producer-", "apply-to": "queues", "definition": QUEUES}
        await accounts_broker.put(api, f"/api/policies/{vhost}/producers", own)
        for name, commands in producers.items():
            user = accounts_broker.user_of(settings, account(name))
            await accounts_broker.make_user(settings, api, account(name), access(user, commands))
            for limit, value in LIMITS.items():
                await accounts_broker.put(api, f"/api/user-limits/{user}/{limit}", {"value": value})


async def remove(settings: Settings, name: str) -> None:
    """Its connections end at once, and its password is forgotten. Raises LookupError for one that is not known."""
    if name not in known(settings):
        raise LookupError(f"There is no producer {name}; there are: {', '.join(known(settings)) or 'none'}.")
    async with accounts_broker.api_of(settings) as api:
        user = accounts_broker.user_of(settings, account(name))
        _gone(await api.delete(f"/api/users/{user}"))
        _gone(await api.delete(f"/api/connections/username/{user}"))
    with Vault(settings.folder).change() as document:
        document["producers"][settings.namespace].pop(name, None)
        document.get("broker", {}).get(settings.namespace, {}).pop(account(name), None)


def account(name: str) -> str:
    return f"producer-{name}"


def _gone(answer: httpx.Response) -> None:
    if answer.status_code not in (404, 405):
        answer.raise_for_status()
