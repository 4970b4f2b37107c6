"""What PostgreSQL itself forbids, keeps and answers for payment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.message import Message
from contracts.payment import AuditLedger, GetPayment, GetWallet, ListEntries, payment_id_of
from infra import ids
from infra.batch import Batch
from infra.database import Pool
from infra.decision import Row
from infra.envelope import Envelope
from infra.spec import NOON
from tests.scratch import database_of
from tests.servers import Servers
from workers.payment import group, queries
from workers.payment.rules import Entry, Payment, PaymentNumber, Refund, Wallet
from workers.payment.rules.rows import later_of

from .words import (
    CANCEL,
    CUSTOMER,
    LATER,
    PAYMENT,
    charge,
    confirmed,
    deposit,
    payment_of,
    refund,
    refund_said,
    rings,
    said,
    wallet_with,
)

PAID = payment_of(wallet_with(500).when(charge(500)))
CASH, TAKEN = UUID(int=1), UUID(int=2)
DEPOSIT = UUID(int=3)
GIVEN = Entry(CASH, DEPOSIT, "cash-in", "JPY", -500, None, None, "deposit", "D", NOON)
GOT = Entry(TAKEN, DEPOSIT, "wallet:CUST-001", "JPY", 500, 1, 500, "deposit", "D", NOON)


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    async with database_of("payment", servers.database_url) as address:
        yield address


async def save(pool: Pool, *rows: Row) -> None:
    """Each kind of row in one statement, as the kernel does."""
    async with pool.acquire() as connection, connection.transaction():
        for kind, store in group.stores.items():
            await store.insert(connection, [row for row in rows if type(row) is kind])


async def decide(pool: Pool, *messages: Message) -> list[Message]:
    """The messages one by one, each in a transaction of its own."""
    sent: list[Message] = []
    for number, message in enumerate(messages):
        identity = ids.derived(UUID(int=0), "test", "decide", message.topic, number)
        batch = Batch([Envelope(identity, message, identity)], group, NOON + timedelta(seconds=number))
        async with pool.acquire() as connection, connection.transaction():
            while missing := batch.decide():
                for kind, keys in missing.items():
                    store = group.stores.get(kind) or group.lookups[kind]
                    batch.loaded[kind].update(await store.load(connection, keys))
            for kind, store in group.stores.items():
                await store.update(connection, batch.changed(kind), batch.loaded[kind])
                await store.insert(connection, batch.created(kind))
        for settled in batch.settled:
            assert settled.error is None, settled.error
            sent += [one.message for one in settled.sent]
    return sent


async def test_rows_come_back_as_they_were_saved(pool: Pool) -> None:
    kept = [
        replace(PAID, awaiting={"r": ""}),
        Refund("r", "R", "A", 5, "JPY", "pending", NOON),
        Wallet(CUSTOMER, "JPY", 500, 1, NOON),
        GIVEN,
        GOT,
    ]
    await save(pool, *kept)
    async with pool.acquire() as connection, connection.transaction():
        for row in kept:
            assert (await group.stores[type(row)].load(connection, [row.key]))[row.key] == row
        found = await group.lookups[PaymentNumber].load(connection, [PAYMENT])
    assert found[PAYMENT] == PaymentNumber(PAYMENT, "A")


@pytest.mark.req("S3-57", "S3-58", "S3-24", "S3-25")
@pytest.mark.parametrize(
    ("rows", "constraint"),
    [
        ([replace(PAID, status="lost")], "payment_status_is_known"),
        ([replace(PAID, amount=0)], "payment_has_an_amount_or_is_a_tombstone"),
        ([replace(PAID, method="shells")], "payment_has_an_amount_or_is_a_tombstone"),
        ([replace(PAID, refunded=501, status="voided")], "payment_refunds_what_it_captured"),
        ([replace(PAID, refunding=501)], "payment_refunds_what_it_captured"),
        ([replace(PAID, refunded=200, status="refunded")], "payment_status_tells_what_is_refunded"),
        ([replace(PAID, refunded=200)], "payment_status_tells_what_is_refunded"),
        ([replace(PAID, card_token="tok_approve")], "payment_token_is_of_a_card"),
        ([replace(PAID, method="pay_later")], "payment_later_has_a_due_date"),
        ([PAID, replace(PAID, charge_id="B")], "payment_id_is_unique"),
        ([PAID, replace(PAID, charge_id="B", payment_id="b")], "payment_of_order_is_one"),
        ([PAID, PAID], "payment_pkey"),
        ([Refund("r", "R", "A", 5, "JPY", "pending", NOON)], "refund_of_a_payment"),
        ([PAID, Refund("r", "R", "A", 0, "JPY", "pending", NOON)], "refund_has_an_amount"),
        ([PAID, *(Refund(name, "R", "A", 5, "JPY", "pending", NOON) for name in "rs")], "refund_id_is_unique"),
        ([Wallet(CUSTOMER, "JPY", -1, 0, NOON)], "wallet_is_never_overdrawn"),
        ([GIVEN], "entries_balance"),
        ([GIVEN, replace(GOT, amount=499)], "entries_balance"),
        ([GIVEN, replace(GOT, currency="GBP")], "entries_balance"),
        ([GIVEN, replace(GOT, balance=None, number=None)], "entry_of_a_wallet_is_numbered"),
        ([GIVEN, replace(GOT, balance=-1)], "entry_leaves_no_debt"),
    ],
)
async def test_what_no_rule_should_ever_write_is_refused(pool: Pool, rows: list[Row], constraint: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as caught:
        await save(pool, *rows)
    assert caught.value.constraint_name == constraint


@pytest.mark.req("S3-22")
@pytest.mark.parametrize("change", ["UPDATE entry SET kind = 'gift'", "DELETE FROM entry", "TRUNCATE entry"])
async def test_what_is_written_in_the_ledger_stands(pool: Pool, change: str) -> None:
    await save(pool, GIVEN, GOT)
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.CheckViolationError) as caught:
            await connection.execute(change)
    assert caught.value.constraint_name == "entries_stand"


@pytest.mark.req("S3-20", "S3-21", "S3-93")
@pytest.mark.parametrize(
    "history",
    [
        [charge(500, "card", "tok_approve"), said("unknown"), rings(), said("approved", "inquire"), refund(200)],
        [charge(500, "card"), CANCEL, said("approved"), refund_said("approved", "A/cancel/1")],
        [charge(500, "card"), CANCEL, said("declined"), said("approved"), refund_said("approved", "A/late")],
        [charge(500, "card"), confirmed("A", CUSTOMER, 500, "pay_later"), said("approved"), CANCEL],
        [deposit(1_000), charge(500), refund(100), CANCEL, confirmed("A", CUSTOMER, 500, "pay_later")],
        [CANCEL, charge(500), confirmed("A", CUSTOMER, 500, "pay_later"), refund(500, payment_id=LATER)],
    ],
)
async def test_whatever_the_rules_write_the_database_takes(pool: Pool, reading: AsyncConnection, history: list[Message]) -> None:
    assert await decide(pool, *history)
    books = await queries.ledger(AuditLedger(), reading)
    assert books is not None and books.faults == 0 and sum(one.balance for one in books.accounts) == 0


@pytest.mark.req("S3-24", "S3-26")
async def test_a_payment_reads_as_it_is(pool: Pool, reading: AsyncConnection) -> None:
    await decide(pool, deposit(1_000), charge(500), refund(200))
    found = await queries.payment(GetPayment(payment_id=PAYMENT), reading)
    assert found is not None
    assert (found.order_id, found.method, found.status, found.reason) == ("A", "wallet", "partially_refunded", "")
    assert (found.amount.amount, found.refunded.amount, found.amount.currency) == (500, 200, "JPY")
    assert found.processed_at == NOON + timedelta(seconds=1)
    assert await queries.payment(GetPayment(payment_id="nothing"), reading) is None


async def test_a_tombstone_is_no_payment_and_the_receivable_beside_it_is(pool: Pool, reading: AsyncConnection) -> None:
    await decide(pool, CANCEL, confirmed("A", CUSTOMER, 500, "pay_later"))
    assert await queries.payment(GetPayment(payment_id=PAYMENT), reading) is None
    owed = await queries.payment(GetPayment(payment_id=payment_id_of(later_of("A"))), reading)
    assert owed is not None and owed.due_date is not None and owed.status == "captured"


@pytest.mark.req("S3-22", "S3-23")
async def test_a_statement_is_newest_first_and_its_pages_stand_still(pool: Pool, reading: AsyncConnection) -> None:
    await decide(pool, deposit(1_000), charge(500), refund(200), deposit(1, "other", customer="CUST-002"))
    first = await queries.entries(ListEntries(customer_id=CUSTOMER, limit=2), reading)
    assert first is not None
    assert _read(first) == [("refund", 200, 700, "A"), ("payment", -500, 500, "A")]
    await decide(pool, deposit(9, "E"))
    second = await queries.entries(ListEntries(customer_id=CUSTOMER, limit=2, cursor=first.next_cursor or ""), reading)
    assert second is not None and _read(second) == [("deposit", 1_000, 1_000, "D")] and second.next_cursor is None
    wallet = await queries.wallet(GetWallet(customer_id=CUSTOMER), reading)
    assert wallet is not None and wallet.balance.amount == 709
    assert await queries.wallet(GetWallet(customer_id="nobody"), reading) is None


@pytest.mark.parametrize("cursor", ["abc", "-1", "9" * 30, "=="])
async def test_a_cursor_that_is_not_ours_shows_nothing(reading: AsyncConnection, cursor: str) -> None:
    page = await queries.entries(ListEntries(customer_id=CUSTOMER, cursor=cursor), reading)
    assert page is not None and page.items == () and page.next_cursor is None


@pytest.mark.req("S3-22")
async def test_the_books_name_every_account_and_find_a_wallet_that_lies(pool: Pool, reading: AsyncConnection) -> None:
    empty = await queries.ledger(AuditLedger(), reading)
    assert empty is not None and empty.accounts == () and empty.faults == 0
    await reading.rollback()
    await decide(pool, deposit(1_000), charge(500), deposit(70, "G", "CUST-002", "GBP"))
    async with pool.acquire() as connection:
        await connection.execute("UPDATE wallet SET balance = balance + 1 WHERE currency = 'GBP'")
    books = await queries.ledger(AuditLedger(), reading)
    assert books is not None and books.faults == 1
    assert [(one.account, one.currency, one.balance) for one in books.accounts] == [
        ("cash-in", "GBP", -70),
        ("cash-in", "JPY", -1_000),
        ("sales", "JPY", 500),
        ("wallets", "GBP", 70),
        ("wallets", "JPY", 500),
    ]


def _read(page: Any) -> list[tuple[str, int, int, str]]:
    return [(one.kind, one.amount.amount, one.balance.amount, one.reference) for one in page.items]


async def test_a_payment_is_stored_under_its_order(pool: Pool) -> None:
    await decide(pool, deposit(1_000), charge(500))
    async with pool.acquire() as connection, connection.transaction():
        found = await group.stores[Payment].load(connection, ["A"])
    assert found["A"] is not None and found["A"].payment_id == PAYMENT
