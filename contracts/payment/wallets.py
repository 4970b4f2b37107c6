"""Wallets and their statements (S3-22, S3-23, S3-25)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from contracts.message import Answer, Command, Event, Id, Query, Refusal
from contracts.money import Money, Price

# What happened


class DepositMade(Event):
    """Asked for again it is told again: the `deposit_id` says that it is the same."""

    topic, about, key, aggregate = "payment.deposit-made.v1", "customer_id", "", "wallet"
    customer_id: str
    deposit_id: str
    amount: Price
    balance: Money


class DepositRefused(Refusal):
    """`invalid_state`: the id was used for another deposit. `limit_exceeded`: the balance would be beyond 10^12."""

    topic, about = "payment.deposit-refused.v1", "customer_id"
    customer_id: str
    deposit_id: str
    reason: Literal["currency_mismatch", "invalid_state", "limit_exceeded"]


# What can be asked of payment


class DepositMoney(Command):
    """Top up a wallet. The first deposit opens it and fixes its currency; the deposit id is the idempotency key."""

    topic, about = "payment.deposit-money.v1", "customer_id"
    succeeds, fails = (DepositMade,), (DepositRefused,)
    deposit_id: Id
    customer_id: Id
    amount: Price


# What can be asked about


class WalletAnswer(Answer):
    customer_id: str
    balance: Money
    updated_at: datetime


class EntryAnswer(Answer):
    entry_id: str
    kind: str
    amount: Money
    balance: Money
    reference: str
    at: datetime


class EntryPage(Answer):
    items: tuple[EntryAnswer, ...]
    next_cursor: str | None


class GetWallet(Query):
    topic, about = "payment.get-wallet.v1", "customer_id"
    customer_id: Id


class ListEntries(Query):
    topic, about = "payment.list-entries.v1", "customer_id"
    customer_id: Id
    cursor: str = Field(default="", max_length=200)
    limit: int = Field(default=50, ge=1, le=200)
