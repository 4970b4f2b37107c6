"""The two calls that the seed document names, with its camelCase JSON (S3-19, S3-45, S3-46).

`orderId` is the idempotency key. Prices and totals may be sent as the seed has them; they are read by nobody.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field

from contracts.message import Id
from contracts.payment import CardToken, Method
from edge.addresses import Address, postal_code
from edge.calls import Call, Intent
from edge.endpoints import Guard, Key, Routes
from edge.fields import Quantity, Request
from edge.routes import inventory, order

routes = Routes("seed")

LINES = Field(min_length=1, max_length=100)


class SeedItem(Request):
    product_id: Annotated[Id, Field(validation_alias=AliasChoices("productId", "sku"))]
    quantity: Quantity
    product_name: Annotated[str, Field(max_length=200, alias="productName")] = ""
    unit_price: Annotated[Any, Field(alias="unitPrice")] = None


class SeedReservation(Request):
    order_id: Annotated[Id, Field(alias="orderId")]
    customer_id: Annotated[Id, Field(alias="customerId")]
    items: Annotated[tuple[SeedItem, ...], LINES]


class SeedAddress(Address):
    postal_code: Annotated[str, Field(max_length=16, alias="postalCode"), AfterValidator(postal_code)]


class SeedOrder(SeedReservation):
    shipping_address: Annotated[SeedAddress, Field(alias="shippingAddress")]
    payment_method: Annotated[Method, Field(alias="paymentMethod")] = "wallet"
    card_token: Annotated[CardToken, Field(alias="cardToken")] = ""
    total_amount: Annotated[Any, Field(alias="totalAmount")] = None
    currency: Annotated[str, Field(max_length=3)] = ""


@routes.post("/api/inventory/reserve", SeedReservation, guard=Guard.ADMIN, key=Key.NONE, body_key="order_id", ids=("order_id",))
async def reserve(call: Call[SeedReservation]) -> Intent:
    """Hold stock for an order, as the seed writes it."""
    body = call.body
    items = tuple(inventory.Item(sku=item.product_id, quantity=item.quantity) for item in body.items)
    wish = inventory.NewReservation(order_id=body.order_id, customer_id=body.customer_id, items=items)
    return await inventory.reserving(call, wish)  # type: ignore[arg-type]  # the body is another one, the call the same


@routes.post("/orders/demo-process", SeedOrder, key=Key.NONE, body_key="order_id", ids=("order_id",))
async def demo_process(call: Call[SeedOrder]) -> Intent:
    """Place an order, as the seed writes it."""
    body = call.body
    call.principal.must_act_for(body.customer_id, "customerId")
    wish = order.NewOrder(
        customer_id=body.customer_id,
        items=tuple(order.Item(sku=item.product_id, quantity=item.quantity) for item in body.items),
        shipping_address=body.shipping_address,
        payment_method=body.payment_method,
        card_token=body.card_token,
    )
    return order.placing(call, body.order_id, wish)  # type: ignore[arg-type]
