"""Owns wallets, charges, refunds and the ledger. Never knows what was bought, and never sees a card number."""

from __future__ import annotations

from contracts.order import OrderDegraded
from contracts.payment import (
    AuditLedger,
    CallProvider,
    CancelPayment,
    ChargePayment,
    DepositMoney,
    GetPayment,
    GetWallet,
    ListEntries,
    RecordProviderAnswer,
    RecordProviderEvent,
    RefundPayment,
    ResolvePayment,
)
from infra.group import Group
from infra.settings import lanes_of
from storage import payment as tables
from workers.payment import jobs, queries, rules

group = Group(
    "payment",
    tables={
        rules.Payment: tables.payment,
        rules.Refund: tables.refund,
        rules.Wallet: tables.wallet,
        rules.Entry: tables.entry,
    },
    lookups={rules.PaymentNumber: tables.charge_by_payment},
    aggregates={"payment": rules.Payment, "wallet": rules.Wallet},
    sends=(CallProvider,),
    partitions=lanes_of("payment"),
    metadata=tables.metadata,
)

group.on(DepositMoney, rules.deposit_money)
group.on(ChargePayment, rules.charge_payment)
group.on(CancelPayment, rules.cancel_payment)
group.on(RefundPayment, rules.refund_payment)
group.on(RecordProviderAnswer, rules.record_answer)
group.on(RecordProviderEvent, rules.record_event)
group.on(ResolvePayment, rules.resolve_payment)
group.on(OrderDegraded, rules.pay_later_instead)
group.does(CallProvider, jobs.call_provider)

group.answers(GetPayment, queries.payment)
group.answers(GetWallet, queries.wallet)
group.answers(ListEntries, queries.entries)
group.answers(AuditLedger, queries.ledger)
