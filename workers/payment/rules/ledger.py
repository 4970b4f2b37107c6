"""The books: every movement of money is a transfer between two accounts, written once and never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from contracts.payment import ORDERS
from infra.decision import Outcomes
from workers.payment.rules.rows import Entry, Payment, Wallet, account_of

CASH_IN: Final = "cash-in"
"""Where deposits come from."""
CARD_CLEARING: Final = "card-clearing"
"""What the card provider owes the shop."""
RECEIVABLES: Final = "receivables"
"""What customers owe the shop who pay later."""
SALES: Final = "sales"


def transfer(
    name: str, giver: str, taker: str, amount: int, currency: str, kind: str, reference: str, now: datetime,
    wallet: Wallet | None = None,
) -> Outcomes:  # fmt: skip
    """`amount` goes from the giver's account to the taker's. The name is the idempotency key of the transfer.

    `wallet` is the side that is a wallet, as the transfer leaves it.
    """
    for account, signed in ((giver, -amount), (taker, amount)):
        own = wallet if wallet and account == wallet.account else None
        yield Entry(
            entry_id=entry_of(name, account),
            transfer_id=uuid5(ORDERS, name),
            account=account,
            currency=currency,
            amount=signed,
            number=own.entries if own else None,
            balance=own.balance if own else None,
            kind=kind,
            reference=reference,
            at=now,
        )


def entry_of(name: str, account: str) -> UUID:
    """The id of one side of the transfer of this name."""
    return uuid5(ORDERS, f"{name}:{account}")


def source_of(payment: Payment) -> str:
    """The account that pays for a charge, and is paid back."""
    if payment.method == "wallet":
        return account_of(payment.customer_id)
    return CARD_CLEARING if payment.method == "card" else RECEIVABLES


def capture(payment: Payment, now: datetime, wallet: Wallet | None = None) -> Outcomes:
    """The money of a charge becomes ours."""
    name, source = f"capture:{payment.charge_id}", source_of(payment)
    yield from transfer(
        name, source, SALES, payment.amount, payment.currency, "payment", payment.order_id, now, wallet
    )  # fmt: skip


def give_back(payment: Payment, request_id: str, amount: int, now: datetime, wallet: Wallet | None = None) -> Outcomes:
    """Some of it goes back to where it came from."""
    name, source = f"refund:{request_id}", source_of(payment)
    yield from transfer(name, SALES, source, amount, payment.currency, "refund", payment.order_id, now, wallet)
