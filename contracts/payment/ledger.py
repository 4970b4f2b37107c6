"""The books of payment, for who reconciles them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts.message import Answer, Query


class AccountBalance(BaseModel):
    """Credits less debits of one account; `wallets` stands for all of them together."""

    model_config = ConfigDict(frozen=True)

    account: str
    currency: str
    balance: int


class LedgerAnswer(Answer):
    """`faults` counts wallets that differ from the sum of their entries and payments refunded beyond their amount."""

    accounts: tuple[AccountBalance, ...]
    faults: int


class AuditLedger(Query):
    """Adds up every entry: for reconciliation, not for each page view."""

    topic, about = "payment.audit-ledger.v1", "scope"
    slow = True
    scope: Literal["all"] = "all"
