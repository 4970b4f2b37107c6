"""One PostgreSQL database per domain, owned by one role and used by another that owns nothing (S0-80, S0-81).

`<namespace>_<domain>_owner` makes tables and partitions; `<namespace>_<domain>` reads and writes rows in them and may
do nothing else, in no other database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

import asyncpg
from yarl import URL

from infra.settings import Settings
from infra.unavailable import Unavailable
from infra.vault import Vault

OLDEST = 150_000
ROOM = """
    SELECT sum(CASE name WHEN 'max_connections' THEN 1 ELSE -1 END * setting::int) FROM pg_settings
    WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
"""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def role_of(settings: Settings, domain: str) -> str:
    """The runtime role, which is also the name of the database."""
    return f"{settings.namespace}_{domain}"


def owner_of(settings: Settings, domain: str) -> str:
    return f"{settings.namespace}_{domain}_owner"


def address_of(settings: Settings, domain: str, role: str) -> str:
    """The PostgreSQL address of the domain's database for that role."""
    password = Vault(settings.folder).password("database", settings.namespace, role)
    base = URL(settings.database_url).with_user(role).with_password(password)
    return str(base.with_path(f"/{role_of(settings, domain)}").with_query(URL(settings.database_url).query))


async def make(settings: Settings, domains: Sequence[str], connections: int = 0) -> None:
    """Roles, databases and rights. Raises Unavailable when the server is too old, lacks rights, or has no room for so many
    connections."""
    connection = await _connect(settings)
    try:
        await check(connection, connections)
        roles = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        databases = {row["datname"] for row in await connection.fetch("SELECT datname FROM pg_database")}
        for domain in domains:
            await _one(connection, settings, domain, roles, databases)
    finally:
        await connection.close()
    await asyncio.gather(*(_rights(settings, domain) for domain in domains))


async def drop(settings: Settings, domains: Sequence[str]) -> None:
    """Databases and roles, with whoever is connected. What is not there is no error."""
    connection = await _connect(settings)
    try:
        for domain in domains:
            await connection.execute(f"DROP DATABASE IF EXISTS {role_of(settings, domain)} WITH (FORCE)")
            for role in (role_of(settings, domain), owner_of(settings, domain)):
                await connection.execute(f"DROP ROLE IF EXISTS {role}")
    finally:
        await connection.close()


async def check(connection: Connection, connections: int) -> None:
    if connection.get_server_version().major * 10_000 < OLDEST:
        raise Unavailable(f"PostgreSQL {connection.get_server_version().major} is too old: Hikyaku needs 15 or newer.")
    may = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = current_user")
    if may and not may["rolsuper"] and not (may["rolcreatedb"] and may["rolcreaterole"]):
        raise Unavailable(
            f"The PostgreSQL role {may['rolname']} of HIKYAKU_DATABASE_URL may not make databases and roles. "
            f"Allow it: ALTER ROLE {may['rolname']} CREATEDB CREATEROLE."
        )
    if (room := int(await connection.fetchval(ROOM))) < connections:
        raise Unavailable(
            f"PostgreSQL has room for {room} connections and Hikyaku may need {connections}: "
            f"raise max_connections by {connections - room} and start PostgreSQL again."
        )


async def _connect(settings: Settings) -> Connection:
    try:
        return await asyncpg.connect(settings.database_url, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        place = URL(settings.database_url).with_user(None)
        raise Unavailable(f"PostgreSQL cannot be used at {place}: {error or type(error).__name__}.") from None


async def _one(connection: Connection, settings: Settings, domain: str, roles: set[str], databases: set[str]) -> None:
    runtime, owner = role_of(settings, domain), owner_of(settings, domain)
    vault = Vault(settings.folder)
    for role in (owner, runtime):
        password = vault.password("database", settings.namespace, role)
        verb = "ALTER" if role in roles else "CREATE"
        # Names come from the namespace and from folder names, and passwords from our own alphabet: nothing to escape.
        await connection.execute(f"{verb} ROLE {role} LOGIN NOCREATEDB NOCREATEROLE PASSWORD '{password}'")
    if runtime not in databases:
        # Who is no superuser must be a member of the role to which it gives the database.
        await connection.execute(f"GRANT {owner} TO CURRENT_USER")
        await connection.execute(f"CREATE DATABASE {runtime} OWNER {owner} TEMPLATE template0 ENCODING 'UTF8'")
    await connection.execute(f"REVOKE ALL ON DATABASE {runtime} FROM PUBLIC")
    await connection.execute(f"GRANT CONNECT ON DATABASE {runtime} TO {runtime}")


async def _rights(settings: Settings, domain: str) -> None:
    """As the owner: rows are the runtime role's, structure is not."""
    runtime, owner = role_of(settings, domain), owner_of(settings, domain)
    connection = await asyncpg.connect(address_of(settings, domain, owner), timeout=10)
    try:
        await connection.execute(f"""
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            GRANT USAGE ON SCHEMA public TO {runtime};
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {runtime};
            ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {runtime};
        """)
    finally:
        await connection.close()
