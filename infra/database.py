"""Connections: asyncpg itself, with JSONB as Python values, UTC, and bounds on every wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import orjson
from sqlalchemy import NullPool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from infra import clock

if TYPE_CHECKING:
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | asyncpg.pool.PoolConnectionProxy[asyncpg.Record]
else:
    Pool = asyncpg.Pool
    Connection = asyncpg.Connection

TRANSIENT = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InterfaceError,
    OSError,
    TimeoutError,
)
"""Nobody's fault: the whole batch again, after a pause."""

UNDONE = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
)
"""The database says itself that the transaction came to nothing. After any other of TRANSIENT it may have been committed."""

BOUNDS = {
    "lock_timeout": "2s",
    "statement_timeout": "5s",
    "idle_in_transaction_session_timeout": "5s",
    "timezone": "UTC",
}


PLANS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"}
"""The kernel's statements differ in their values only. Planned anew for each batch, the partitioned ones cost 1.3 to 1.9
times the database's CPU (325 against 175 us for reading the inbox). They go by a key, and are planned while the tables
are still small: without the hint each of them reads its whole table until the tables are analysed. Where there is no
index a table is read all the same, at an estimated cost that would set the compiler to work."""


async def connect(url: str, size: int, name: str) -> Pool:
    """A pool of exactly `size` connections; `name` shows in pg_stat_activity. Raises OSError or PostgresError."""
    return await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        init=_begin,
        reset=_as_it_is,
        max_inactive_connection_lifetime=0,
        command_timeout=10,
        timeout=5,
        # The kernel's statements recur for ever, in as many shapes as there are sets of tables that a batch writes.
        statement_cache_size=500,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=65_536,
        server_settings={**BOUNDS, **PLANS, "application_name": name},
    )


def reader(url: str, name: str, *, kept: bool = True) -> AsyncEngine:
    """For reads, over one connection that is opened when it is needed; unless `kept`, one for each read.

    A read waits for it as long as somebody may wait for the answer.
    """
    bounds: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 10} if kept else {"poolclass": NullPool}
    return create_async_engine(
        url.replace("postgresql://", "postgresql+asyncpg://", 1),
        **bounds,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": {**BOUNDS, "application_name": name}},
    )


async def _as_it_is(connection: Connection) -> None:
    """Nobody here changes a session, so the round trip that would clean it up after each use is saved."""


async def _begin(connection: Connection) -> None:
    """JSONB travels as text, which orjson reads and writes; and what time is it?"""
    await connection.set_type_codec("jsonb", encoder=_dumps, decoder=orjson.loads, schema="pg_catalog")
    asked = clock.utcnow()
    clock.agree(await connection.fetchval("SELECT clock_timestamp()"), asked)


class Json:
    """A JSON array as one element of a PostgreSQL array: asyncpg takes a bare list for another dimension of it."""

    __slots__ = ("value",)

    def __init__(self, value: list[object]) -> None:
        self.value = value


def _dumps(value: object) -> str:
    return orjson.dumps(value, default=lambda wrapped: wrapped.value).decode()
