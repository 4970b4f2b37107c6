"""Orders: placed, read, cancelled (S3-40 … S3-45), and the degraded modes of their saga (S3-92 … S3-94)."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field

from contracts.inventory import Line
from contracts.message import Id
from contracts.order import (
    CancelOrder,
    GetModes,
    GetOrder,
    ListOrders,
    ModesAnswer,
    OrderAnswer,
    OrderCancelled,
    OrderCancelling,
    OrderConfirmed,
    OrderDegraded,
    OrderDelivered,
    OrderFailed,
    OrderNeedsAttention,
    OrderPage,
    OrderPlaced,
    OrderShipped,
    Participant,
    PlaceOrder,
    SagaMended,
    SetMode,
)
from contracts.payment import CardToken, Method
from edge.addresses import Address
from edge.calls import Call, Intent
from edge.endpoints import Guard, Key, Routes
from edge.fields import Quantity, Request
from edge.owned import owned
from edge.paging import Page
from edge.problems import Problem
from infra import ids

routes = Routes("orders")

CHANGES = (
    OrderPlaced, OrderConfirmed, OrderDegraded, OrderFailed, OrderCancelling, OrderCancelled, OrderShipped, OrderDelivered,
    OrderNeedsAttention, SagaMended,
)  # fmt: skip
ORDERS = routes.keep("orders", 600, "customer_id", *CHANGES)
PARTICIPANTS: dict[str, Participant] = {name: name for name in get_args(Participant)}


class Item(Request):
    sku: Id
    quantity: Quantity


class NewOrder(Request):
    """What a customer wants, where to, and how it is paid. Prices are the shop's, never the client's."""

    customer_id: Id
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=100)]
    shipping_address: Address
    payment_method: Method
    card_token: CardToken = ""


class Cancellation(Request):
    """Nothing needs to be said."""


class ModeChange(Request):
    mode: Literal["off", "operator", "automatic"]
    open: bool = False


class OrdersOf(Page):
    customer_id: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9._:@-]*$")] = ""


@routes.post("/v1/orders", NewOrder, key=Key.REQUIRED, ids=("order_id",))
async def place(call: Call[NewOrder]) -> Intent:
    """Place an order."""
    body = call.body
    call.principal.must_act_for(body.customer_id)
    return placing(call, str(ids.root()), body)


def placing(call: Call[NewOrder], order_id: str, body: NewOrder) -> Intent:
    command = PlaceOrder(
        order_id=order_id,
        customer_id=body.customer_id,
        lines=tuple(Line(sku=item.sku, quantity=item.quantity) for item in body.items),
        destination=body.shipping_address.sealed(call.edge.seal),
        payment_method=body.payment_method,
        card_token=body.card_token,
    )
    call.edge.recent.note(command, call.now)
    return Intent(command, {"order_id": order_id}, {"order": f"/v1/orders/{order_id}"}, stale=((ORDERS, body.customer_id),))


@routes.get("/v1/orders/{order_id}", OrderAnswer)
async def read(call: Call[None]) -> bytes:
    """An order with its steps, payment and shipment."""
    order_id = call.id("order_id")
    answer = await call.edge.ask(GetOrder(order_id=order_id)) or call.edge.recent.answer(order_id)
    if answer is None:
        raise Problem("not-found")
    return owned(answer, call.principal)


@routes.get("/v1/orders", OrderPage, query=OrdersOf)
async def browse(call: Call[None]) -> bytes:
    """The orders of a customer, newest first."""
    wish = call.query or OrdersOf()
    customer_id = wish.customer_id or ("" if call.principal.admin else call.principal.subject)
    if customer_id:
        call.principal.must_see(customer_id)
    query = ListOrders(customer_id=customer_id, cursor=wish.cursor, limit=wish.limit)
    if not customer_id:
        return await call.ask(query)
    return await call.ask_kept(ORDERS, customer_id, query, f"{wish.limit} {wish.cursor}")


@routes.post("/v1/orders/{order_id}/cancellations", Cancellation, body_required=False, ids=("order_id",))
async def cancel(call: Call[Cancellation]) -> Intent:
    """Cancel an order before it is picked up."""
    order_id = call.id("order_id")
    customer_id = call.edge.recent.owner(order_id)
    if not customer_id:
        known = await call.glance(GetOrder(order_id=order_id))
        # With the owner away the command still carries whose order it must be, and the owner checks it.
        customer_id = known["customer_id"] if known else "" if call.principal.admin else call.principal.subject
    if customer_id:
        call.principal.must_see(customer_id)
    command = CancelOrder(order_id=order_id, customer_id=customer_id)
    return Intent(command, {"order_id": order_id}, {"order": f"/v1/orders/{order_id}"}, stale=((ORDERS, customer_id),))


@routes.get("/v1/modes", ModesAnswer, guard=Guard.ADMIN)
async def modes(call: Call[None]) -> bytes:
    """Degraded modes and breakers."""
    return await call.ask(GetModes())


@routes.put("/v1/modes/{participant}", ModeChange, guard=Guard.ADMIN, ids=("participant",))
async def set_mode(call: Call[ModeChange]) -> Intent:
    """Open or close a degraded mode."""
    participant = PARTICIPANTS.get(call.path["participant"])
    if participant is None:
        raise Problem("not-found")
    command = SetMode(participant=participant, mode=call.body.mode, open=call.body.open, actor=call.principal.subject)
    return Intent(command, {"participant": participant}, {"modes": "/v1/modes"})
