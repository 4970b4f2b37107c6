"""What can be asked of an order, and what shipping says of its parcel."""

from datetime import datetime
from typing import Literal

from contracts.inventory import demand
from contracts.message import Event
from contracts.order import (
    CancelOrder,
    MendSaga,
    OrderCancelled,
    OrderCancelling,
    OrderPlaced,
    OrderRefused,
    PlaceOrder,
    SagaMended,
    StepOverdue,
)
from contracts.payment import PaymentCaptured
from contracts.shipping import ShipmentMoved
from infra.decision import Outcomes, Rows
from infra.process import Sagas
from workers.order.rules.cancellation import cancellation
from workers.order.rules.fulfilment import confirmation, failure, fulfilment
from workers.order.rules.order import Order, Product
from workers.order.rules.steps import charged

sagas = Sagas(Order, [fulfilment, cancellation])


def place_order(command: PlaceOrder, rows: Rows, now: datetime) -> Outcomes:
    if order := rows.get(Order, command.order_id):
        yield from _placed_again(command, order)
        return
    first = rows.get(Product, command.lines[0].sku)
    order = Order(
        order_id=command.order_id, customer_id=command.customer_id, status="pending",
        lines=[line.model_dump() for line in command.lines], amount=0, currency="",
        category=first.category if first else "", destination=command.destination.model_dump(mode="json"),
        payment_method=command.payment_method, card_token=command.card_token,
        payment={"method": command.payment_method, "status": "pending"}, shipment={}, modes=[],
        placed_at=now, updated_at=now,
    )  # fmt: skip
    yield OrderPlaced(order_id=order.order_id, customer_id=order.customer_id, lines=command.lines)
    yield from fulfilment.start(order, rows, now)


def _placed_again(command: PlaceOrder, order: Order) -> Outcomes:
    """The same wish has the same outcome, told again when there is one; nothing is decided a second time (S3-57)."""
    same = command.customer_id == order.customer_id and demand(command.lines) == demand(order.demanded())
    if not same or order.status in ("cancelling", "cancelled"):
        yield _refused(order.order_id, command.customer_id, "already_exists")
    elif order.status == "failed":
        yield failure(order)
    elif order.status in ("confirmed", "shipped", "delivered"):
        yield confirmation(order)


def cancel_order(command: CancelOrder, rows: Rows, now: datetime) -> Outcomes:
    """Before pick-up. An order that is cancelled already says so again."""
    order = rows.get(Order, command.order_id)
    if order is None or (command.customer_id and command.customer_id != order.customer_id):
        yield _refused(command.order_id, command.customer_id, "unknown_order")
    elif order.status == "cancelled":
        yield OrderCancelled(order_id=order.order_id, customer_id=order.customer_id)
    elif order.status != "confirmed":
        yield _refused(order.order_id, order.customer_id, "invalid_state")
    else:
        yield OrderCancelling(order_id=order.order_id, customer_id=order.customer_id)
        yield from cancellation.start(order.moved(status="cancelling"), rows, now)


def step_overdue(timer: StepOverdue, rows: Rows, now: datetime) -> Outcomes:
    yield from sagas.silence(timer.order_id, timer.attempt, rows, now)


def step_answered(answer: Event, rows: Rows, now: datetime) -> Outcomes:
    yield from sagas.answer(answer, rows, now)


def payment_captured(answer: PaymentCaptured, rows: Rows, now: datetime) -> Outcomes:
    """The answer to a charge; or the receivable that payment has made for an order confirmed without it."""
    order = rows.get(Order, answer.order_id)
    if order and "pay_later" in order.modes and answer.method == "pay_later":
        yield charged(order, answer).moved(updated_at=now)
    else:
        yield from sagas.answer(answer, rows, now)


def mend_saga(command: MendSaga, rows: Rows, now: datetime) -> Outcomes:
    """An operator's word, kept with name and reason in the saga's history."""
    order = rows.get(Order, command.order_id)
    if order is None:
        yield _refused(command.order_id, command.customer_id, "unknown_order")
    elif not sagas.may(command.action, order):
        yield _refused(order.order_id, order.customer_id, "invalid_state")
    else:
        yield SagaMended(order_id=order.order_id, customer_id=order.customer_id, action=command.action, step=order.step)
        note = f"{command.actor or 'operator'}: {command.reason}"
        yield from sagas.mend(command.action, order, note, rows, now)


def shipment_moved(event: ShipmentMoved, rows: Rows, now: datetime) -> Outcomes:
    """Noted in every state of the order, so that a parcel which left too early is not forgotten; old news is."""
    order = rows.get(Order, event.order_id)
    if order is None:
        return
    known = order.shipment.get("at")
    if known and event.at < datetime.fromisoformat(known):
        return
    told = {"shipment_id": event.shipment_id, "status": event.status, "at": event.at.isoformat()}
    yield from order.moved(shipment={**order.shipment, **told}, updated_at=now).caught_up(now)


Why = Literal["invalid_state", "unknown_order", "already_exists"]


def _refused(order_id: str, customer_id: str, reason: Why) -> OrderRefused:
    return OrderRefused(order_id=order_id, customer_id=customer_id, reason=reason)
