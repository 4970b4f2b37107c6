"""The installation an operator's command works on: its domains, its addresses, and what runs of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
from aio_pika.exceptions import AMQPError

from infra.accounts_broker import OPERATOR
from infra.database import Connection, connect
from infra.provision import credentials
from infra.settings import Settings
from infra.topology import Topology
from infra.unavailable import Unavailable

Warn = Callable[[str], None]
"""Takes a sentence about a part that is missing; the command goes on with the others."""

AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True, slots=True)
class Place:
    """`settings` names both servers. `running` is `<home>/hikyaku.json`, empty when nothing runs from this home."""

    settings: Settings
    topology: Topology
    running: dict[str, Any]

    @property
    def domains(self) -> list[str]:
        from infra.resend import domains_of

        return domains_of(self.topology)

    @property
    def operator_url(self) -> str:
        return credentials(self.settings, OPERATOR).amqp_url

    def chosen(self, domain: str | None) -> list[str]:
        """That domain, or all. Raises LookupError for one that does not exist."""
        if domain is None:
            return self.domains
        if domain not in self.domains:
            raise LookupError(f"There is no domain {domain}; there are: {', '.join(self.domains)}.")
        return [domain]

    @asynccontextmanager
    async def database(self, domain: str, name: str = "hikyaku operator") -> AsyncIterator[Connection]:
        """As the domain's runtime role. Raises what is in AWAY when the database is."""
        pool = await connect(credentials(self.settings, domain).dsn, 1, name)
        try:
            async with pool.acquire() as connection:
                yield connection
        finally:
            pool.terminate()


def here() -> Place:
    """The installation of HIKYAKU_HOME and HIKYAKU_NAMESPACE."""
    from infra import domains, services
    from infra.settings import settings
    from infra.supervisor import state
    from infra.topology import declare

    chosen = services.resolve(settings())
    return Place(chosen, declare(domains.load_all()), state.read(chosen.folder))


def running() -> tuple[Settings, str]:
    """The settings, and where the edge of this home listens. Raises Unavailable when nothing runs from it."""
    from infra.settings import settings
    from infra.supervisor import state

    chosen = settings()
    if url := state.read(chosen.folder).get("url"):
        return chosen, str(url)
    raise Unavailable(f"Nothing runs from {chosen.folder}: start it with `hikyaku up`, or set HIKYAKU_HOME.")


@contextmanager
def reaching(then: str) -> Iterator[None]:
    """A server that goes away in the middle becomes a sentence; `then` says what that means for what was begun."""
    try:
        yield
    except (AMQPError, *AWAY) as error:
        raise Unavailable(f"A server is away ({type(error).__name__}: {error}). {then}") from None
