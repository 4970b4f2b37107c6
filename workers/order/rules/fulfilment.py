"""The saga of an order: reserve, charge, arrange the shipment; then, with no way back, sell and confirm (S3-52).

A refusal or a silence before the pivot undoes what was or may have been done, last first (S3-53, S3-54, S3-55).
After the pivot the reservation may still turn out expired: money and parcel are on their way, so a person decides
(`needs_attention`): retry when there is stock again, compensate all of it, or skip and deliver what there is.

With a breaker open an order goes on in a degraded mode (S3-92, S3-93, S3-94), recorded in `modes` and told to the
absent domain by OrderDegraded when it is back. Given up after it was asked, a charge is cancelled with `charge_only`
before the confirmation is told: whatever became of the charge is undone, and the receivable is made once.
"""

from datetime import timedelta

from contracts.inventory import (
    ReservationConfirmed,
    ReservationRefused,
    ReservationReleased,
    StockReserved,
    StockReturned,
)
from contracts.order import OrderConfirmed, OrderDegraded, OrderFailed, OrderNeedsAttention, StepOverdue
from contracts.payment import (
    PaymentCancellationRefused,
    PaymentCancelled,
    PaymentCaptured,
    PaymentDeclined,
)
from contracts.shipping import (
    ArrangementRefused,
    CancellationRefused,
    ShipmentArranged,
    ShipmentCancelled,
)
from infra.decision import Outcomes
from infra.process import Alternative, Process, Step
from workers.order.rules.degraded import blocked, heard
from workers.order.rules.order import Order
from workers.order.rules.steps import (
    arrange_shipment,
    arranged,
    cancel_payment,
    cancel_shipment,
    charge,
    charged,
    confirm_reservation,
    give_up_arrangement,
    give_up_charge,
    give_up_reservation,
    pay_later,
    price_by_copy,
    release,
    reserve,
    reserved,
    return_stock,
    ship_by_hand,
    uncharged,
    unshipped,
)


def overdue(order: Order) -> StepOverdue:
    return StepOverdue(order_id=order.order_id, customer_id=order.customer_id, step=order.step, attempt=order.asks)


def confirmation(order: Order) -> OrderConfirmed:
    return OrderConfirmed.model_validate(
        {
            "order_id": order.order_id, "customer_id": order.customer_id, "lines": order.lines, "total": order.total,
            "modes": order.modes, "payment_method": order.payment_method, "destination": order.destination,
        }
    )  # fmt: skip


def failure(order: Order) -> OrderFailed:
    return OrderFailed(order_id=order.order_id, customer_id=order.customer_id, reason=order.reason, step=order.failed)


def confirmed(order: Order) -> Outcomes:
    order = order.moved(status="confirmed", card_token="")
    yield confirmation(order)
    if order.modes:
        told = confirmation(order).model_dump(exclude={"status"})
        yield OrderDegraded.model_validate(told)
    yield from order.caught_up(order.updated_at)


def failed(order: Order) -> Outcomes:
    yield order.moved(status="failed", card_token="")
    yield failure(order)


def stuck(order: Order) -> Outcomes:
    yield order.moved(status="needs_attention")
    yield OrderNeedsAttention(order_id=order.order_id, customer_id=order.customer_id, step=order.step, reason=order.reason)


def resumed(order: Order) -> Order:
    return order.moved(status="pending")


fulfilment: Process[Order] = Process(
    name="fulfilment",
    steps=(
        Step(
            name="reserve", participant="inventory", within=timedelta(seconds=30),
            do=reserve, done=StockReserved, learn=reserved, refused=ReservationRefused,
            undo=release, undone=ReservationReleased,
            otherwise=Alternative(mode="skip_stock_check", take=price_by_copy, abandon=give_up_reservation),
        ),
        Step(
            name="charge", participant="payment", within=timedelta(seconds=60),
            do=charge, done=PaymentCaptured, learn=charged, refused=PaymentDeclined,
            undo=cancel_payment, undone=PaymentCancelled, forget=uncharged, cannot=PaymentCancellationRefused,
            otherwise=Alternative(mode="pay_later", take=pay_later, abandon=give_up_charge),
        ),
        Step(
            name="arrange_shipment", participant="shipping", within=timedelta(seconds=30),
            do=arrange_shipment, done=ShipmentArranged, learn=arranged, refused=ArrangementRefused,
            undo=cancel_shipment, undone=ShipmentCancelled, forget=unshipped, cannot=CancellationRefused,
            otherwise=Alternative(mode="manual_shipping", take=ship_by_hand, abandon=give_up_arrangement),
        ),
        Step(
            name="confirm_reservation", participant="inventory", within=timedelta(seconds=30),
            needless=lambda order: "skip_stock_check" in order.modes,
            do=confirm_reservation, done=ReservationConfirmed, refused=ReservationRefused,
            undo=return_stock, undone=StockReturned, never=ReservationRefused,
        ),
        Step(name="confirm_order"),
    ),
    pivot="confirm_reservation",
    overdue=overdue, completed=confirmed, compensated=failed, stuck=stuck, resumed=resumed,
    blocked=blocked, heard=heard,
)  # fmt: skip
"""Steps as they are shown to the client (S3-44)."""
