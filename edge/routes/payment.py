"""Wallets, payments, refunds and what the provider reports (S3-20 … S3-26)."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from contracts.money import Currency, Price
from contracts.payment import (
    DepositMoney,
    EntryPage,
    GetPayment,
    GetWallet,
    ListEntries,
    PaymentAnswer,
    RefundPayment,
    WalletAnswer,
)
from edge import webhooks
from edge.calls import Call, Intent
from edge.endpoints import Guard, Key, Routes
from edge.fields import Amount, Request
from edge.owned import owned
from edge.paging import Page
from infra import ids

routes = Routes("payments")


class Sum(Request):
    """An amount in the smallest unit of its currency."""

    amount: Amount
    currency: Currency


class Report(BaseModel):
    """What a provider sends; its signature is what counts."""

    model_config = ConfigDict(extra="allow")


@routes.post("/v1/wallets/{customer_id}/deposits", Sum, key=Key.REQUIRED, ids=("deposit_id", "customer_id"))
async def deposit(call: Call[Sum]) -> Intent:
    """Put money into a wallet."""
    customer_id = call.id("customer_id")
    call.principal.must_see(customer_id)
    deposit_id = str(ids.root())
    amount = Price(amount=call.body.amount, currency=call.body.currency)
    return Intent(
        DepositMoney(deposit_id=deposit_id, customer_id=customer_id, amount=amount),
        {"deposit_id": deposit_id, "customer_id": customer_id},
        {"wallet": f"/v1/wallets/{customer_id}"},
    )


@routes.get("/v1/wallets/{customer_id}", WalletAnswer)
async def wallet(call: Call[None]) -> bytes:
    """The balance of a wallet."""
    customer_id = call.id("customer_id")
    call.principal.must_see(customer_id)
    return await call.ask(GetWallet(customer_id=customer_id))


@routes.get("/v1/wallets/{customer_id}/entries", EntryPage, query=Page)
async def entries(call: Call[None]) -> bytes:
    """What came into a wallet and went out of it, newest first."""
    customer_id = call.id("customer_id")
    call.principal.must_see(customer_id)
    wish = call.query or Page()
    return await call.ask(ListEntries(customer_id=customer_id, cursor=wish.cursor, limit=wish.limit))


@routes.get("/v1/payments/{payment_id}", PaymentAnswer)
async def payment(call: Call[None]) -> bytes:
    """A payment and what became of it."""
    return owned(await call.ask(GetPayment(payment_id=call.id("payment_id"))), call.principal)


@routes.post("/v1/payments/{payment_id}/refunds", Sum, guard=Guard.ADMIN, key=Key.REQUIRED, ids=("refund_id", "payment_id"))
async def refund(call: Call[Sum]) -> Intent:
    """Give back up to what was captured."""
    payment_id = call.id("payment_id")
    known = await call.glance(GetPayment(payment_id=payment_id))
    refund_id = str(ids.root())
    command = RefundPayment(
        refund_id=refund_id,
        payment_id=payment_id,
        amount=Price(amount=call.body.amount, currency=call.body.currency),
        customer_id=known["customer_id"] if known else "",
    )
    return Intent(command, {"refund_id": refund_id, "payment_id": payment_id}, {"payment": f"/v1/payments/{payment_id}"})


@routes.post("/v1/payment-webhooks/{provider}", Report, guard=Guard.SIGNED, key=Key.NONE, ids=("event_id",))
async def webhook(call: Call[Report]) -> Intent:
    """What a payment provider reports, signed."""
    provider = call.id("provider")
    command = webhooks.verified(provider, call.edge.webhook_secret(provider), call.headers, call.raw, call.now)
    return Intent(command, {"event_id": command.event_id})
