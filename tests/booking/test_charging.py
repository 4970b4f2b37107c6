"""Payment can be added to booking without asking it anything: its event says who pays how much, and for what (S1-43)."""

from __future__ import annotations

import pytest

from contracts.booking import ReservationConfirmed
from contracts.money import Money, Price
from contracts.payment import ChargePayment, DepositMoney, PaymentCaptured, payment_id_of
from infra.spec import Spec
from tests.booking.words import booked
from workers.payment import group


@pytest.mark.req("S1-43")
def test_a_confirmed_booking_can_be_charged_as_an_order_is() -> None:
    """The reservation's id is the business key, so that it is charged once, and the price is the one of the invitation."""
    told = booked("A").told(ReservationConfirmed)
    assert told.plan
    charge = ChargePayment(
        order_id=told.reservation_id, customer_id=told.guest_id, amount=told.plan.price, method="wallet"
    )  # fmt: skip
    captured = PaymentCaptured(
        order_id="A", payment_id=payment_id_of("A"), customer_id="guest-A", amount=Price(amount=20_000, currency="JPY"),
        method="wallet",
    )  # fmt: skip

    spec = Spec(group).when(DepositMoney(deposit_id="D", customer_id="guest-A", amount=Price(amount=30_000, currency="JPY")))
    spec.when(charge).then(captured).when(charge).then(captured)

    (wallet,) = [row for row in spec.rows.values() if type(row).__name__ == "Wallet"]
    assert Money(amount=wallet.balance, currency=wallet.currency) == Money(amount=10_000, currency="JPY")  # type: ignore[attr-defined]
