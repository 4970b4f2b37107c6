"""What every test may ask for: a namespace of its own on real servers."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from infra import domains
from infra.accounts_database import role_of
from infra.database import Pool, connect
from infra.migrate import migrate
from infra.provision import drop, provision
from infra.services import packages
from infra.settings import Settings
from infra.unavailable import Unavailable
from tests import browser
from tests.servers import Servers, servers_for_tests


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """RabbitMQ and PostgreSQL: those of HIKYAKU_*_URL, containers, or private instances of this machine.

    A missing service is an error, never a skip.
    """
    with servers_for_tests() as found:
        yield found


@pytest.fixture(scope="session")
def services(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings with a fresh namespace, provisioned and migrated for every domain, and dropped afterwards.

    `infra.provision.credentials(services, domain)` has the addresses. Queues are declared by whoever needs them.
    """
    settings = fresh(servers, tmp_path_factory.mktemp("home"))
    names = [*domains.names(), "edge"]
    asyncio.run(prepare(settings, names))
    yield settings
    asyncio.run(drop(settings, names))


def fresh(servers: Servers, home: Path) -> Settings:
    """Settings nobody else uses, on these servers; nothing is made yet."""
    return Settings(
        home=home,
        namespace=f"t{os.getpid()}_{secrets.token_hex(3)}",
        amqp_url=servers.amqp_url,
        management_url=servers.management_url,
        database_url=servers.database_url,
    )


async def prepare(settings: Settings, names: list[str]) -> None:
    access = await provision(settings, names)
    await asyncio.gather(
        *(migrate(access[name].owner_dsn, name, role_of(settings, name), settings.retention_days) for name in names)
    )


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """One connection to the scratch database that the module names as `database`."""
    pool = await connect(database, 1, "test")
    yield pool
    await pool.close()


@pytest.fixture
async def reading(database: str) -> AsyncIterator[AsyncConnection]:
    """What a query is given, on the same database."""
    engine = create_async_engine(database.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> str:
    """A browser's program; where it is missing and we may, the distribution's is installed."""
    if found := browser.program():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        with suppress(Unavailable):
            packages.add("chromium")
    if found := browser.program():
        return found
    told = "no Chromium or Chrome in the PATH, and none can be installed from here"
    if os.environ.get("CI"):
        pytest.fail(told)
    pytest.skip(told)


@pytest.fixture
async def page(chromium: str) -> AsyncIterator[browser.Page]:
    """A tab that nobody has used."""
    async with browser.browser(chromium) as found:
        yield found
