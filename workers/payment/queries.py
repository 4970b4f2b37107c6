"""What payment answers: a payment, a wallet, its statement, and whether the books balance (S3-22, S3-23).

The statements are built once, at import: building one costs more than running it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.money import Money, Price
from contracts.payment import (
    AccountBalance,
    AuditLedger,
    EntryAnswer,
    EntryPage,
    GetPayment,
    GetWallet,
    LedgerAnswer,
    ListEntries,
    PaymentAnswer,
    WalletAnswer,
)
from infra import paging
from storage import payment as tables
from workers.payment.rules.rows import account_of

_payment, _wallet, _entry = tables.payment.c, tables.wallet.c, tables.entry.c
NEWEST = 2**62
"""Beyond the number of any entry."""

_PAYMENT = sa.select(tables.payment).where(_payment.payment_id == sa.bindparam("payment_id"), _payment.amount > 0)
_WALLET = sa.select(tables.wallet).where(_wallet.customer_id == sa.bindparam("customer_id"))
_ENTRIES = (
    sa.select(tables.entry)
    .where(_entry.account == sa.bindparam("account"), _entry.number < sa.bindparam("before"))
    .order_by(_entry.number.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)

# System accounts one by one, all wallets together, and in the same snapshot whatever contradicts itself.
_account = sa.case((_entry.number.is_(None), _entry.account), else_="wallets").label("account")
_ACCOUNTS = (
    sa.select(_account, _entry.currency, sa.func.sum(_entry.amount).label("balance"))
    .group_by(_account, _entry.currency)
    .order_by(_account, _entry.currency)
)
_sums = sa.select(_entry.account, sa.func.sum(_entry.amount).label("sum")).group_by(_entry.account).subquery("sums")
_FAULTS = (
    sa.select(sa.func.count())
    .select_from(tables.wallet.outerjoin(_sums, _sums.c.account == sa.literal("wallet:") + _wallet.customer_id))
    .where(_wallet.balance != sa.func.coalesce(_sums.c.sum, 0))
    .scalar_subquery()
)
_everything = _ACCOUNTS.subquery("accounts")
_LEDGER = (
    sa.select(_FAULTS.label("faults"), _everything)
    .select_from(sa.select(sa.literal(1)).subquery("once").outerjoin(_everything, sa.true()))
    .order_by(_everything.c.account, _everything.c.currency)
)


async def payment(query: GetPayment, read: AsyncConnection) -> PaymentAnswer | None:
    """A tombstone, which has no amount, is no payment."""
    row = (await read.execute(_PAYMENT, {"payment_id": query.payment_id})).one_or_none()
    if row is None:
        return None
    return PaymentAnswer(
        payment_id=row.payment_id,
        order_id=row.order_id,
        customer_id=row.customer_id,
        amount=Price(amount=row.amount, currency=row.currency),
        refunded=Money(amount=row.refunded, currency=row.currency),
        method=row.method,
        status=row.status,
        reason=row.reason,
        transaction_id=row.reference,
        created_at=row.created_at,
        processed_at=row.processed_at,
        due_date=row.due_date,
    )


async def wallet(query: GetWallet, read: AsyncConnection) -> WalletAnswer | None:
    row = (await read.execute(_WALLET, {"customer_id": query.customer_id})).one_or_none()
    if row is None:
        return None
    balance = Money(amount=row.balance, currency=row.currency)
    return WalletAnswer(customer_id=row.customer_id, balance=balance, updated_at=row.updated_at)


async def entries(query: ListEntries, read: AsyncConnection) -> EntryPage | None:
    """Newest first. The cursor is the number of the last entry shown, so new entries move nothing."""
    if query.cursor and not (query.cursor.isascii() and query.cursor.isdigit() and len(query.cursor) < 19):
        return EntryPage(items=(), next_cursor=None)
    before = int(query.cursor) if query.cursor else NEWEST
    wanted = {"account": account_of(query.customer_id), "before": before, "most": query.limit + 1}
    rows = (await read.execute(_ENTRIES, wanted)).all()
    shown, following = paging.page(rows, query.limit, lambda last: str(last.number))
    items = tuple(
        EntryAnswer(
            entry_id=str(row.entry_id),
            kind=row.kind,
            amount=Money(amount=row.amount, currency=row.currency),
            balance=Money(amount=row.balance, currency=row.currency),
            reference=row.reference,
            at=row.at,
        )
        for row in shown
    )
    return EntryPage(items=items, next_cursor=following)


async def ledger(query: AuditLedger, read: AsyncConnection) -> LedgerAnswer | None:
    """Reads every entry; the books balance when each currency sums to 0 and there are no faults."""
    rows = (await read.execute(_LEDGER)).all()
    accounts = tuple(
        AccountBalance(account=row.account, currency=row.currency, balance=row.balance) for row in rows if row.account
    )
    return LedgerAnswer(accounts=accounts, faults=rows[0].faults)
