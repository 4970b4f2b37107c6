"""What the saga of an order asks of its participants, what it learns from their answers, and what it does without them."""

from contracts.inventory import (
    ConfirmReservation,
    PricedLine,
    ReleaseReservation,
    ReserveStock,
    ReturnStock,
    StockReserved,
)
from contracts.money import Price
from contracts.payment import (
    CancelPayment,
    ChargePayment,
    PaymentCancelled,
    PaymentCaptured,
)
from contracts.shipping import (
    ArrangeShipment,
    CancelShipment,
    Destination,
    Parcel,
    ShipmentArranged,
    ShipmentCancelled,
)
from infra.decision import Rows
from infra.process import No
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
