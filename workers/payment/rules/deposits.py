"""Topping up a wallet (S3-22)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contracts.money import LARGEST, Money
from contracts.payment import DepositMade, DepositMoney, DepositRefused
from infra.decision import Outcomes, Rows
from workers.payment.rules.ledger import CASH_IN, entry_of, transfer
from workers.payment.rules.rows import Entry, Wallet, account_of


def deposit_money(command: DepositMoney, rows: Rows, now: datetime) -> Outcomes:
    """The first deposit opens the wallet and fixes its currency; asked for again, the same answer (S3-57)."""
    customer, currency, amount = command.customer_id, command.amount.currency, command.amount.amount
    name, account = f"deposit:{command.deposit_id}", account_of(customer)
    wallet = rows.get(Wallet, customer) or Wallet(customer, currency, 0, 0, now)
    # The other side of the deposit has the same name for every customer, so it shows who used the id before.
    taken, own = entry_of(name, CASH_IN), entry_of(name, account)
    entries = rows.each(Entry, (taken, own))
    known = entries.get(own)
    if taken in entries:
        if known and (known.amount, known.currency) == (amount, currency):
            yield _made(command, known.balance or 0)
        else:
            yield _refused(command, "invalid_state")
    elif wallet.currency != currency:
        yield _refused(command, "currency_mismatch")
    elif wallet.balance + amount > LARGEST:
        yield _refused(command, "limit_exceeded")
    else:
        wallet = wallet.moved(amount, now)
        yield wallet
        yield from transfer(name, CASH_IN, account, amount, currency, "deposit", command.deposit_id, now, wallet)
        yield _made(command, wallet.balance)


def _made(command: DepositMoney, balance: int) -> DepositMade:
    return DepositMade(
        customer_id=command.customer_id,
        deposit_id=command.deposit_id,
        amount=command.amount,
        balance=Money(amount=balance, currency=command.amount.currency),
    )


def _refused(command: DepositMoney, reason: Literal["currency_mismatch", "invalid_state", "limit_exceeded"]) -> DepositRefused:
    return DepositRefused(customer_id=command.customer_id, deposit_id=command.deposit_id, reason=reason)
