"""The saga that takes a confirmed order back: stop the parcel, then, with no way back, the money and the stock.

The carrier has the last word: a parcel that was picked up makes the order `confirmed` again and the wish is refused.
Silence about the parcel decides nothing, since it cannot be un-cancelled: we ask again until an operator is needed.
"""

from datetime import timedelta

from contracts.inventory import ReservationRefused, StockReturned
from contracts.order import OrderCancelled, OrderRefused
from contracts.payment import PaymentCancellationRefused, PaymentCancelled
from contracts.shipping import CancellationRefused, ShipmentCancelled
from infra.decision import Outcomes
from infra.process import Process, Step
from workers.order.rules.degraded import heard
from workers.order.rules.fulfilment import overdue, stuck
from workers.order.rules.order import Order
from workers.order.rules.steps import cancel_payment, cancel_shipment, return_stock, uncharged, unshipped


def cancelled(order: Order) -> Outcomes:
    yield order.moved(status="cancelled")
    yield OrderCancelled(order_id=order.order_id, customer_id=order.customer_id)


def too_late(order: Order) -> Outcomes:
    order = order.moved(status="confirmed", failed="", reason="")
    yield OrderRefused(order_id=order.order_id, customer_id=order.customer_id, reason="invalid_state")
    yield from order.caught_up(order.updated_at)


def resumed(order: Order) -> Order:
    return order.moved(status="cancelling")


cancellation: Process[Order] = Process(
    name="cancellation",
    steps=(
        Step(
            name="cancel_shipment", participant="shipping", within=timedelta(seconds=30), retries=5,
            do=cancel_shipment, done=ShipmentCancelled, learn=unshipped, refused=CancellationRefused,
            undoes="arrange_shipment",
        ),
        Step(
            name="cancel_payment", participant="payment", within=timedelta(seconds=60),
            do=cancel_payment, done=PaymentCancelled, learn=uncharged, refused=PaymentCancellationRefused,
            undoes="charge",
        ),
        Step(
            name="return_stock", participant="inventory", within=timedelta(seconds=30),
            do=return_stock, done=StockReturned, refused=ReservationRefused, undoes="confirm_reservation",
        ),
    ),
    pivot="cancel_payment",
    overdue=overdue, completed=cancelled, compensated=too_late, stuck=stuck, resumed=resumed, heard=heard,
)  # fmt: skip
