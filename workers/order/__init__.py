"""Owns orders and the saga that fulfils them. Never moves stock, money or parcels itself: it asks, and waits."""

from contracts.heartbeat import DomainBeat
from contracts.inventory import (
    ConfirmReservation,
    ProductChanged,
    ProductRegistered,
    ReleaseReservation,
    ReserveStock,
    ReturnStock,
)
from contracts.order import (
    CancelOrder,
    GetModes,
    GetOrder,
    GetSaga,
    ListOrders,
    ListSagas,
    MendSaga,
    NoteProbe,
    PlaceOrder,
    SetMode,
    StepOverdue,
)
from contracts.payment import CancelPayment, ChargePayment, PaymentCaptured
from contracts.shipping import ArrangeShipment, CancelShipment, ShipmentMoved
from infra.breaker import Breaker, Load, Pulse
from infra.group import Group
from infra.settings import lanes_of
from storage import order as tables
from workers.order import queries
from workers.order.rules import degraded, products, requests
from workers.order.rules.order import Listing, Order, Product

group = Group(
    "order",
    tables={Order: tables.orders, Listing: tables.listing, Breaker: tables.breaker, Pulse: tables.pulse},
    lookups={Product: tables.products, degraded.Road: tables.roads, Load: tables.loads},
    aggregates={"order": Order, "breaker": Breaker},
    sends=(
        ReserveStock, ReleaseReservation, ConfirmReservation, ReturnStock,
        ChargePayment, CancelPayment,
        ArrangeShipment, CancelShipment,
    ),
    partitions=lanes_of("order"),
    metadata=tables.metadata,
)  # fmt: skip

group.on(PlaceOrder, requests.place_order)
group.on(CancelOrder, requests.cancel_order)
group.on(MendSaga, requests.mend_saga)
group.on(StepOverdue, requests.step_overdue)
group.on(PaymentCaptured, requests.payment_captured)
for answer in requests.sagas.answers:
    if answer is not PaymentCaptured:
        group.on(answer, requests.step_answered)
group.on(ShipmentMoved, requests.shipment_moved)

group.on(ProductRegistered, products.note_product)
group.on(ProductChanged, products.note_product)

group.on(DomainBeat, degraded.note_beat)
group.on(SetMode, degraded.set_mode)
group.on(NoteProbe, degraded.note_probe)

group.answers(GetOrder, queries.order)
group.answers(ListOrders, queries.all_orders)
group.answers(GetSaga, queries.saga)
group.answers(ListSagas, queries.all_sagas)
group.answers(GetModes, queries.modes)
