"""The words of the conversations below: one order of two cups by Ito, and what everybody may say about it."""

from datetime import date, timedelta
from typing import Any

from contracts.inventory import (
    ConfirmReservation,
    Line,
    PricedLine,
    ReleaseReservation,
    ReservationConfirmed,
    ReservationRefused,
    ReservationReleased,
    ReserveStock,
    ReturnStock,
    StockReserved,
    StockReturned,
)
from contracts.money import Price
from contracts.order import (
    CancelOrder,
    Mode,
    OrderCancelled,
    OrderCancelling,
    OrderConfirmed,
    OrderDegraded,
    OrderFailed,
    OrderNeedsAttention,
    OrderPlaced,
    OrderRefused,
    PlaceOrder,
    StepOverdue,
)
from contracts.payment import CancelPayment, ChargePayment, PaymentCancelled, PaymentCaptured, PaymentDeclined
from contracts.sealed import Sealed
from contracts.shipping import (
    ArrangementRefused,
    ArrangeShipment,
    CancellationRefused,
    CancelShipment,
    Destination,
    Parcel,
    ShipmentArranged,
    ShipmentCancelled,
)
from infra.decision import After, Row
from infra.spec import NOON, Spec
from workers.order import group
from workers.order.rules.order import Order, Product

A, ITO = "ORDER-123", "CUST-001"
ORDER: dict[str, Any] = {"order_id": A, "customer_id": ITO}
LINES = (Line(sku="CUP", quantity=2),)
YEN_450, YEN_900 = Price(amount=450, currency="JPY"), Price(amount=900, currency="JPY")
PRICED = (PricedLine(sku="CUP", quantity=2, name="Cup", unit_price=YEN_450),)
TOKYO = Destination(postal_code="100-0001", prefecture="JP-13", recipient=Sealed(to="shipping", box="c2VhbGVk"))
CUP = Product("CUP", "kitchen", "Cup", 450, "JPY")

PLACE = PlaceOrder(**ORDER, lines=LINES, destination=TOKYO, payment_method="wallet")
PLACED = OrderPlaced(**ORDER, lines=LINES)

RESERVE = ReserveStock(**ORDER, lines=LINES, category="kitchen")
RESERVED = StockReserved(**ORDER, lines=PRICED, expires_at=NOON + timedelta(minutes=10))
NO_STOCK = ReservationRefused(**ORDER, reason="insufficient_stock", skus=("CUP",))
RELEASE = ReleaseReservation(order_id=A, category="kitchen")
RELEASED = ReservationReleased(**ORDER)

CHARGE = ChargePayment(**ORDER, amount=YEN_900, method="wallet")
CAPTURED = PaymentCaptured(**ORDER, payment_id="PAY-1", amount=YEN_900, method="wallet")
NO_MONEY = PaymentDeclined(**ORDER, payment_id="PAY-1", reason="insufficient_funds")
CANCEL_PAYMENT = CancelPayment(**ORDER)
GIVE_UP_CHARGE = CancelPayment(**ORDER, charge_only=True)
PAYMENT_CANCELLED = PaymentCancelled(**ORDER, payment_id="PAY-1", status="refunded")

ARRANGE = ArrangeShipment(
    **ORDER, prefecture="JP-13", destination=TOKYO, parcels=(Parcel(sku="CUP", quantity=2),)
)  # fmt: skip
ARRANGED = ShipmentArranged(
    **ORDER, shipment_id="SHIP-1", tracking_number="123", carrier="hikyaku", prefecture="JP-13",
    estimated_delivery=date(2030, 1, 3),
)  # fmt: skip
NO_ROAD = ArrangementRefused(**ORDER, reason="undeliverable")
CANCEL_SHIPMENT = CancelShipment(**ORDER, prefecture="JP-13")
GIVE_UP_ARRANGEMENT = CancelShipment(**ORDER, prefecture="JP-13", arrangement_only=True)
SHIPMENT_CANCELLED = ShipmentCancelled(**ORDER, shipment_id="SHIP-1")
PICKED_UP = CancellationRefused(**ORDER, reason="invalid_state")

CONFIRM = ConfirmReservation(order_id=A, category="kitchen")
SOLD = ReservationConfirmed(**ORDER)
EXPIRED = ReservationRefused(**ORDER, reason="reservation_expired")
RETURN = ReturnStock(order_id=A, category="kitchen")
RETURNED = StockReturned(**ORDER)


def degraded(mode: Mode) -> tuple[OrderConfirmed, OrderDegraded]:
    """Confirmed, and the participant that was passed over is told."""
    facts = CONFIRMED.model_dump(exclude={"status"}) | {"modes": (mode,)}
    return OrderConfirmed.model_validate(facts), OrderDegraded.model_validate(facts)


CONFIRMED = OrderConfirmed(**ORDER, lines=PRICED, total=YEN_900, payment_method="wallet", destination=TOKYO)

CANCEL = CancelOrder(order_id=A, customer_id=ITO)
CANCELLING, CANCELLED = OrderCancelling(**ORDER), OrderCancelled(**ORDER)
TOO_LATE = OrderRefused(**ORDER, reason="invalid_state")


def failed(step: str, reason: str) -> OrderFailed:
    return OrderFailed(**ORDER, step=step, reason=reason)


def attention(step: str, reason: str) -> OrderNeedsAttention:
    return OrderNeedsAttention(**ORDER, step=step, reason=reason)


def rings(step: str, asks: int) -> StepOverdue:
    """The timer of the saga's question number `asks`."""
    return StepOverdue(**ORDER, step=step, attempt=asks)


def within(seconds: int, step: str, asks: int) -> After:
    return After(NOON + timedelta(seconds=seconds), rings(step, asks))


def shop(*rows: Row) -> Spec:
    return Spec(group, CUP, *rows)


def placed(*rows: Row) -> Spec:
    return shop(*rows).when(PLACE)


def reserved(*rows: Row) -> Spec:
    return placed(*rows).when(RESERVED)


def charged(*rows: Row) -> Spec:
    return reserved(*rows).when(CAPTURED)


def arranged(*rows: Row) -> Spec:
    return charged(*rows).when(ARRANGED)


def confirmed(*rows: Row) -> Spec:
    return arranged(*rows).when(SOLD)


def order(spec: Spec) -> Order:
    found = spec.row(Order, A)
    assert found is not None
    return found


def steps(spec: Spec) -> dict[str, str]:
    return {step["name"]: step["status"] for step in order(spec).steps}
