"""Makes what a namespace needs on the servers, and says with which addresses it is reached. It may be run again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from infra import accounts_broker, accounts_database, producers
from infra.accounts_broker import EDGE, JOBS, MONITORING, OPERATOR
from infra.keys import Keys
from infra.settings import Settings
from infra.vault import Vault

WITHOUT_USERS = "HIKYAKU_MANAGEMENT_URL is not set: all domains share the user of HIKYAKU_AMQP_URL, without least privilege."


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one domain may use. `owner_dsn` is for migrations and partitions, the others for everything else."""

    amqp_url: str
    dsn: str = ""
    owner_dsn: str = ""


async def provision(
    settings: Settings,
    domains: Sequence[str],
    *,
    sends: Mapping[str, Collection[str]] | None = None,
    connections: int = 0,
    warn: Callable[[str], None] = print,
) -> dict[str, Credentials]:
    """Keys, broker users and databases for these domains; `settings` must name both servers.

    `sends` restricts, domain by domain, the commands it may send; a domain that is not in it may send any. `connections` is
    what the database must have room for.
    Raises Unavailable with a sentence for the operator when a server cannot be used.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    Keys(settings.folder).make(domains)
    work = [accounts_database.make(settings, domains, connections)]
    if settings.management_url:
        names = list(dict.fromkeys([*domains, EDGE, JOBS, OPERATOR, MONITORING]))
        work.append(accounts_broker.make(settings, names, sends or {}))
    else:
        warn(WITHOUT_USERS)
    await asyncio.gather(*work)
    if settings.management_url:
        await producers.make(settings, producers.known(settings))
    found = {name: _credentials(settings, name) for name in domains}
    found |= {name: Credentials(accounts_broker.address_of(settings, name)) for name in (JOBS, OPERATOR, MONITORING)}
    with Vault(settings.folder).change() as document:
        document.setdefault("credentials", {})[settings.namespace] = {name: asdict(one) for name, one in found.items()}
    return found


async def drop(settings: Settings, domains: Sequence[str]) -> None:
    """Removes the namespace from both servers, with everything in it."""
    work = [accounts_database.drop(settings, domains)]
    if settings.management_url:
        outside = map(producers.account, producers.known(settings))
        work.append(accounts_broker.drop(settings, list(dict.fromkeys([*domains, *outside, EDGE, JOBS, OPERATOR, MONITORING]))))
    await asyncio.gather(*work)
    with Vault(settings.folder).change() as document:
        for kind in ("credentials", "broker", "database", "producers"):
            document.get(kind, {}).pop(settings.namespace, None)


def credentials(settings: Settings, name: str) -> Credentials:
    """What `provision` found for a domain, or for `operator`, `jobs` and `monitoring`.

    Raises LookupError when the namespace was never provisioned from this home.
    """
    kept = Vault(settings.folder).read().get("credentials", {}).get(settings.namespace, {}).get(name)
    if kept is None:
        raise LookupError(f"Nothing is known of {name} in {settings.folder}: run `hikyaku up` or `hikyaku migrate`.")
    return Credentials(**kept)


def _credentials(settings: Settings, domain: str) -> Credentials:
    role, owner = accounts_database.role_of(settings, domain), accounts_database.owner_of(settings, domain)
    return Credentials(
        accounts_broker.address_of(settings, domain),
        accounts_database.address_of(settings, domain, role),
        accounts_database.address_of(settings, domain, owner),
    )
