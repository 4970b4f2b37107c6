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
    ConfirmReservation,
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
from contracts.order import OrderConfirmed, OrderDegraded, OrderFailed, OrderNeedsAttention, StepOverdue
from contracts.payment import (
    CancelPayment,
    ChargePayment,
    PaymentCancellationRefused,
    PaymentCancelled,
    PaymentCaptured,
    PaymentDeclined,
)
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
from infra.decision import Outcomes, Rows
from infra.process import Alternative, No, Process, Step
from workers.order.rules.degraded import blocked, heard
from workers.order.rules.order import Order, Product


def reserve(order: Order) -> ReserveStock:
    return ReserveStock(order_id=order.order_id, customer_id=order.customer_id, lines=order.demanded(), category=order.category)


def reserved(order: Order, answer: StockReserved) -> Order | No:
    return order.priced(answer.lines)


def release(order: Order) -> ReleaseReservation | None:
    """Nothing is held any more once the sold stock was returned."""
    if order.status_of("confirm_reservation") == "compensated":
        return None
    return give_up_reservation(order)


def give_up_reservation(order: Order) -> ReleaseReservation:
    return ReleaseReservation(order_id=order.order_id, category=order.category)


def price_by_copy(order: Order, rows: Rows) -> Order | No:
    """Stock unchecked, prices from our copy of the master; it may oversell, so only an operator opens this."""
    products = rows.each(Product, [line["sku"] for line in order.lines])
    if any(line["sku"] not in products for line in order.lines):
        return No("unknown_product")
    priced = order.priced(_priced(products[line["sku"]], line["quantity"]) for line in order.lines)
    return priced if isinstance(priced, No) else priced.degraded("skip_stock_check")


def _priced(product: Product, quantity: int) -> PricedLine:
    price = Price(amount=product.amount, currency=product.currency)
    return PricedLine(sku=product.sku, quantity=quantity, name=product.name, unit_price=price)


def charge(order: Order) -> ChargePayment:
    return ChargePayment(
        order_id=order.order_id, customer_id=order.customer_id, amount=order.total, method=order.payment_method,
        card_token=order.card_token,
    )  # fmt: skip


def charged(order: Order, answer: PaymentCaptured) -> Order:
    paid = {"payment_id": answer.payment_id, "method": answer.method, "status": "captured"}
    return order.moved(payment=paid, card_token="")


def cancel_payment(order: Order) -> CancelPayment:
    return CancelPayment(order_id=order.order_id, customer_id=order.customer_id)


def give_up_charge(order: Order) -> CancelPayment:
    return CancelPayment(order_id=order.order_id, customer_id=order.customer_id, charge_only=True)


def uncharged(order: Order, answer: PaymentCancelled) -> Order:
    return order.moved(payment={**order.payment, "payment_id": answer.payment_id, "status": answer.status})


def pay_later(order: Order, rows: Rows) -> Order:
    return order.moved(payment={"method": "pay_later", "status": "pending"}, card_token="").degraded("pay_later")


def arrange_shipment(order: Order) -> ArrangeShipment:
    return ArrangeShipment(
        order_id=order.order_id, customer_id=order.customer_id, prefecture=order.destination["prefecture"],
        destination=Destination.model_validate(order.destination),
        parcels=tuple(Parcel(sku=line.sku, quantity=line.quantity) for line in order.demanded()),
    )  # fmt: skip


def arranged(order: Order, answer: ShipmentArranged) -> Order:
    """A carrier may have been quicker than this answer; what it said stands."""
    told = answer.model_dump(mode="json", include={"shipment_id", "tracking_number", "carrier", "estimated_delivery"})
    return order.moved(shipment={"status": "arranged", **order.shipment, **told})


def cancel_shipment(order: Order) -> CancelShipment:
    return CancelShipment(order_id=order.order_id, customer_id=order.customer_id, prefecture=order.destination["prefecture"])


def give_up_arrangement(order: Order) -> CancelShipment:
    return cancel_shipment(order).model_copy(update={"arrangement_only": True})


def unshipped(order: Order, answer: ShipmentCancelled) -> Order:
    return order.moved(shipment={**order.shipment, "shipment_id": answer.shipment_id, "status": "cancelled"})


def ship_by_hand(order: Order, rows: Rows) -> Order:
    return order.moved(shipment={"status": "manual"}).degraded("manual_shipping")


def confirm_reservation(order: Order) -> ConfirmReservation:
    return ConfirmReservation(order_id=order.order_id, category=order.category)


def return_stock(order: Order) -> ReturnStock:
    return ReturnStock(order_id=order.order_id, category=order.category)


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
