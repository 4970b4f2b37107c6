"""The intake on the real database: one transaction for many, one operation for one key (S3-57, S3-58)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest

from contracts.payment import DepositMoney
from edge.idempotency import Key
from edge.intake import Accepted, Intake
from edge.problems import Problem
from edge.rules import Operation
from infra import clock, ids
from infra.database import Pool, connect
from infra.envelope import Envelope
from infra.outbox import Bundle
from infra.provision import credentials
from infra.settings import Settings

pytestmark = pytest.mark.req("S3-57", "S3-58")


@dataclass
class Relay:
    owner: UUID = field(default_factory=ids.root)
    bundles: list[Bundle] = field(default_factory=list)

    def put(self, bundle: Bundle) -> None:
        self.bundles.append(bundle)

    def confirmed(self) -> list[UUID]:
        return []

    def forgotten(self, bundles: Sequence[UUID]) -> None: ...


@dataclass
class Desk:
    intake: Intake
    pool: Pool
    relay: Relay

    async def ask(self, key: str = "", amount: int = 5) -> Accepted:
        identity, now = ids.root(), clock.utcnow()
        command = DepositMoney.model_validate(
            {"deposit_id": str(identity), "customer_id": "c1", "amount": {"amount": amount, "currency": "JPY"}}
        )
        operation = Operation(identity, "c1", command.topic, {"deposit_id": str(identity)}, {}, "pending", [], "", None, now, now)
        idempotency = Key("c1", "POST /deposits", key, bytes([amount])) if key else None
        return await self.intake.accept([Envelope(identity, command, identity)], operation, idempotency)

    async def commands(self) -> int:
        """In the outbox, without what the event store is told of them."""
        return int(await self.pool.fetchval("SELECT count(*) FROM outbox WHERE exchange = 'commands'"))

    async def count(self, table: str) -> int:
        return int(await self.pool.fetchval(f"SELECT count(*) FROM {table}"))


@pytest.fixture
async def desk(services: Settings) -> AsyncIterator[Desk]:
    pool = await connect(credentials(services, "edge").dsn, 2, "test")
    for table in ("operation", "request", "outbox", "pending"):
        await pool.execute(f"DELETE FROM {table}")
    relay = Relay()
    intake = Intake(pool, relay)
    task = asyncio.create_task(intake.run())
    yield Desk(intake, pool, relay)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    pool.terminate()


async def test_a_thousand_requests_share_a_few_transactions(desk: Desk) -> None:
    accepted = await asyncio.gather(*(desk.ask() for _ in range(1000)))
    assert len({one.operation.operation_id for one in accepted}) == 1000
    assert [await desk.count("operation"), await desk.commands()] == [1000, 1000]
    assert await desk.count("pending") == len(desk.relay.bundles) < 20


async def test_fifty_at_once_with_one_key_are_one_operation(desk: Desk) -> None:
    accepted = await asyncio.gather(*(desk.ask("k1") for _ in range(50)))
    later = await desk.ask("k1")
    assert len({one.operation.operation_id for one in [*accepted, later]}) == 1
    assert sum(not one.replayed for one in accepted) == 1
    assert later.replayed
    assert await desk.commands() == 1


async def test_another_body_under_the_key_is_refused_alone(desk: Desk) -> None:
    first, other, third = await asyncio.gather(desk.ask("k1"), desk.ask("k1", 6), desk.ask("k2"), return_exceptions=True)
    assert isinstance(first, Accepted)
    assert isinstance(other, Problem)
    assert isinstance(third, Accepted)
    assert other.status == 422
    assert await desk.count("operation") == 2


async def test_two_processes_agree_on_who_was_first(desk: Desk) -> None:
    rival = Intake(desk.pool, Relay())
    task = asyncio.create_task(rival.run())
    other = Desk(rival, desk.pool, desk.relay)
    accepted = await asyncio.gather(*(one.ask(f"k{n}") for n in range(200) for one in (desk, other)))
    task.cancel()
    assert len({one.operation.operation_id for one in accepted}) == 200
    assert await desk.count("operation") == 200


async def test_too_many_who_wait_are_sent_away(desk: Desk) -> None:
    desk.intake.most_waiting = 10
    outcomes = await asyncio.gather(*(desk.ask() for _ in range(30)), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, Problem)]
    assert refused and {one.status for one in refused} == {503}
    assert len(refused) + await desk.count("operation") == 30


@pytest.mark.req("S3-76")
async def test_the_audit_log_can_only_grow(desk: Desk) -> None:
    await desk.pool.execute("INSERT INTO audit VALUES (now(), 'r', 't', 'p', 'GET', '/', 200, 1, NULL, '', '')")
    for statement in ("UPDATE audit SET status = 1", "DELETE FROM audit"):
        with pytest.raises(asyncpg.PostgresError):
            await desk.pool.execute(statement)
