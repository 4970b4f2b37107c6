"""A shop and a card provider in memory: histories of commands, lost answers, copies and late webhooks run through it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.message import Message
from contracts.payment import (
    CallProvider,
    PaymentCancelled,
    PaymentCaptured,
    PaymentDeclined,
    RecordProviderAnswer,
    RecordProviderEvent,
    ResolvePayment,
    payment_id_of,
)
from infra.decision import After
from infra.spec import NOON, Spec
from workers.payment import group
from workers.payment.rules import Entry, Payment, PaymentNumber, Refund, Wallet
from workers.payment.rules.rows import later_of


@dataclass
class CardProvider:
    """The truth about cards: each request is decided once, in the way that `will` has for it, approved unless told."""

    will: dict[str, str] = field(default_factory=dict)
    decided: dict[str, str] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def receive(self, call: CallProvider) -> str:
        if call.request_id not in self.decided:
            amount, payment = call.amount.amount, call.payment_id
            outcome = self.will.get(call.request_id, "approved")
            if call.action == "refund" and amount > self.taken[payment]:
                outcome = "declined"
            if outcome == "approved":
                self.taken[payment] += amount if call.action == "capture" else -amount
            self.decided[call.request_id] = outcome
        return self.decided[call.request_id]


class Shop:
    def __init__(self, orders: Iterable[str]) -> None:
        charges = [charge for order in orders for charge in (order, later_of(order))]
        self.spec = Spec(group, *(PaymentNumber(payment_id_of(charge), charge) for charge in charges))
        self.provider = CardProvider()
        self.calls: list[CallProvider] = []
        self.stray: list[CallProvider] = []
        self.timers: dict[str, ResolvePayment] = {}
        self.answers: dict[str, list[Message]] = defaultdict(list)
        self.letters: list[Message] = []

    def hear(self, *messages: Message) -> None:
        """One batch."""
        for sent in self.spec.when(*messages).sent:
            if isinstance(sent, CallProvider):
                self.calls.append(sent)
            elif isinstance(sent, After):
                assert isinstance(sent.message, ResolvePayment)
                self.timers[sent.message.subject] = sent.message
            elif isinstance(sent, PaymentCaptured | PaymentDeclined | PaymentCancelled):
                self.answers[sent.order_id].append(sent)

    def work(self, fate: str) -> None:
        """A job worker takes the oldest call.

        `lost`: done, but unanswered. `stray`: still on its way when it is given up. `gone`: it never arrives.
        """
        if not self.calls:
            return
        call = self.calls.pop(0)
        if call.action == "inquire":
            outcome = self.provider.decided.get(call.request_id, "absent")
        elif fate in ("stray", "gone"):
            self.stray += [call] if fate == "stray" else []
            outcome = "unknown"
        else:
            outcome = self.provider.receive(call)
            self.letters += [_letter(call, outcome)] * 2
        self.hear(_answer(call, outcome if fate == "answered" else "unknown"))

    def arrive(self) -> None:
        """A stray request reaches the provider after all."""
        if self.stray:
            call = self.stray.pop(0)
            self.letters += [_letter(call, self.provider.receive(call))] * 2

    def post(self, newest: bool) -> None:
        """A webhook comes, in the wrong order if asked."""
        if self.letters:
            self.hear(self.letters.pop(-1 if newest else 0))

    def ring(self) -> None:
        """A timer rings; ringing too early or again must not matter."""
        if self.timers:
            self.hear(self.timers[sorted(self.timers)[0]])

    def settle(self) -> None:
        """Everything under way arrives and everything is answered."""
        for _ in range(200):
            while self.stray:
                self.arrive()
            while self.calls:
                self.work("answered")
            while self.letters:
                self.post(newest=False)
            waiting = [row for row in self.rows(Payment) if row.awaiting]
            if not waiting and not self.calls:
                return
            for row in waiting:
                self.hear(self.timers[row.payment_id])
        raise AssertionError("the shop does not come to rest")

    def rows(self, kind: type) -> list:  # type: ignore[type-arg]
        return [row for row in self.spec.rows.values() if isinstance(row, kind)]

    def check(self) -> None:
        """What must be true at any moment."""
        transfers: dict[object, int] = defaultdict(int)
        accounts: dict[str, int] = defaultdict(int)
        for entry in self.rows(Entry):
            transfers[entry.transfer_id, entry.currency] += entry.amount
            accounts[entry.account] += entry.amount
        assert not any(transfers.values()), "a transfer does not sum to zero"
        assert sum(accounts.values()) == 0
        for wallet in self.rows(Wallet):
            own = sorted((one for one in self.rows(Entry) if one.account == wallet.account), key=lambda one: one.number)
            assert [one.number for one in own] == list(range(1, wallet.entries + 1))
            assert wallet.balance == accounts[wallet.account] >= 0
            running = 0
            for one in own:
                running += one.amount
                assert one.balance == running >= 0
        for payment in self.rows(Payment):
            assert payment.refunded >= 0 and payment.refunding >= 0
            assert payment.refunded + payment.refunding <= payment.amount
        living = [one.order_id for one in self.rows(Payment) if (one.open or one.captured) and not one.cancel_requested]
        assert len(living) == len(set(living)), "an order is charged twice"
        stubborn = {one.charge_id for one in self.rows(Refund) if one.status == "declined"}
        for payment in self.rows(Payment):
            given_up = payment.captured and payment.cancel_requested and not payment.awaiting
            assert not given_up or payment.charge_id in stubborn, "a payment given up is kept"


def _answer(call: CallProvider, outcome: str) -> RecordProviderAnswer:
    return RecordProviderAnswer(
        payment_id=call.payment_id,
        customer_id=call.customer_id,
        action=call.action,
        request_id=call.request_id,
        outcome=outcome,  # type: ignore[arg-type]
    )


def _letter(call: CallProvider, outcome: str) -> RecordProviderEvent:
    return RecordProviderEvent(
        provider="local",
        event_id=f"evt-{call.request_id}",
        payment_id=call.payment_id,
        request_id=call.request_id,
        kind=f"{call.action}.{outcome}",  # type: ignore[arg-type]
        at=NOON,
    )
