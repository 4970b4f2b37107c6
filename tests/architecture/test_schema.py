"""The tables as they are declared and the tables that the migrations make are the same tables."""

from __future__ import annotations

import asyncio
import re

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from infra import domains
from infra.provision import credentials
from infra.settings import Settings

KERNEL = re.compile(r"^(inbox|outbox|pending|owner|lane|timer|parked|migration)(_\d{8})?$")


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[object]:
    def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        return not (kind == "table" and KERNEL.match(name or ""))

    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
    return list(compare_metadata(context, metadata))


@pytest.mark.req("S0-4", "S0-88")
@pytest.mark.parametrize("domain", [*domains.names(), "edge"])
def test_migrations_make_the_declared_tables(services: Settings, domain: str) -> None:
    async def compared() -> list[object]:
        url = credentials(services, domain).owner_dsn.replace("postgresql://", "postgresql+asyncpg://", 1)
        engine = create_async_engine(url)
        async with engine.connect() as connection:
            found = await connection.run_sync(differences, domains.load(domain).metadata)
        await engine.dispose()
        return found

    assert asyncio.run(compared()) == []
