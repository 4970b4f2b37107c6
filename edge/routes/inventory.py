"""Products, stock and reservations (S3-10 … S3-18)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from contracts.inventory import (
    PART,
    ConfirmReservation,
    GetProduct,
    GetReservation,
    GetStock,
    ImportProducts,
    Line,
    ListProducts,
    ProductAnswer,
    ProductChanged,
    ProductPage,
    ProductRegistered,
    RegisterProduct,
    ReleaseReservation,
    ReplenishStock,
    ReservationAnswer,
    ReserveStock,
    StockAnswer,
)
from contracts.message import Id
from contracts.money import Price
from edge.calls import Call, Intent
from edge.endpoints import CSV, Guard, Routes
from edge.fields import ProductName, Quantity, Request, ShortText
from edge.owned import owned
from edge.paging import Page
from edge.problems import Problem
from infra import ids

routes = Routes("inventory")

PRODUCTS = routes.keep("products", 3600, "sku", ProductRegistered, ProductChanged)
MOST_PARTS = 500


class NewProduct(Request):
    """With `replace` the master data of a known sku is changed."""

    sku: Id
    name: ProductName
    category: ShortText
    unit_price: Price
    low_stock_threshold: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    replace: bool = False


class Replenishment(Request):
    """`adjust` may be negative; the others say how many pieces came."""

    quantity: Annotated[int, Field(ge=-1_000_000, le=1_000_000)]
    reason: Literal["receive", "adjust", "return", "damage"] = "receive"


class Item(Request):
    sku: Id
    quantity: Quantity


class NewReservation(Request):
    order_id: Id
    customer_id: Id
    items: Annotated[tuple[Item, ...], Field(min_length=1, max_length=100)]


class Nothing(Request):
    """Nothing needs to be said."""


class Products(Page):
    category: Annotated[str, Field(max_length=64)] = ""


@routes.post("/v1/products", NewProduct, guard=Guard.ADMIN, ids=("sku",))
async def register(call: Call[NewProduct]) -> Intent:
    """Register a product."""
    body = call.body
    call.edge.remember(body.sku, body.category)
    command = RegisterProduct(
        sku=body.sku,
        name=body.name,
        category=body.category,
        unit_price=body.unit_price,
        low_stock_threshold=body.low_stock_threshold,
        replace=body.replace,
    )
    return Intent(command, {"sku": body.sku}, {"product": f"/v1/products/{body.sku}"}, stale=((PRODUCTS, body.sku),))


@routes.get("/v1/products/{sku}", ProductAnswer)
async def product(call: Call[None]) -> bytes:
    """A product of the master."""
    sku = call.id("sku")
    return await call.ask_kept(PRODUCTS, sku, GetProduct(sku=sku))


@routes.get("/v1/products", ProductPage, query=Products)
async def products(call: Call[None]) -> bytes:
    """The products, of one category if you like."""
    wish = call.query or Products()
    return await call.ask(ListProducts(category=wish.category, cursor=wish.cursor, limit=wish.limit))


@routes.post("/v1/product-imports", guard=Guard.ADMIN, consumes=CSV, ids=("import_id",))
async def import_products(call: Call[str]) -> Intent:
    """Register the products of a CSV file; how far it is, its operation shows."""
    text = call.body
    cuts = [text[n : n + PART] for n in range(0, len(text), PART)] or [""]
    if len(cuts) > MOST_PARTS:
        raise Problem("content-too-large")
    import_id = str(ids.root())
    first, *more = (ImportProducts(import_id=import_id, part=n, parts=len(cuts), text=cut) for n, cut in enumerate(cuts))
    return Intent(first, {"import_id": import_id}, more=more)


@routes.post("/v1/products/{sku}/replenishments", Replenishment, guard=Guard.ADMIN, ids=("movement_id", "sku"))
async def replenish(call: Call[Replenishment]) -> Intent:
    """Record a movement of stock."""
    sku = call.id("sku")
    body = call.body
    positive_unless_adjusting(body)
    movement_id = str(ids.root())
    command = ReplenishStock(
        movement_id=movement_id,
        sku=sku,
        category=await call.edge.category_of(sku, GetProduct(sku=sku)),
        quantity=body.quantity,
        reason=body.reason,
        actor=call.principal.subject,
    )
    return Intent(command, {"movement_id": movement_id, "sku": sku}, {"stock": f"/v1/products/{sku}/stock"})


def positive_unless_adjusting(body: Replenishment) -> None:
    if body.quantity == 0 or (body.quantity < 0 and body.reason != "adjust"):
        raise Problem("invalid-request", errors=[("quantity", "must be at least 1; only `adjust` may be negative")])


@routes.get("/v1/products/{sku}/stock", StockAnswer)
async def stock(call: Call[None]) -> bytes:
    """What is on hand, reserved and available, as of now."""
    return await call.ask(GetStock(sku=call.id("sku")))


@routes.post("/v1/reservations", NewReservation, guard=Guard.ADMIN, ids=("order_id",))
async def reserve(call: Call[NewReservation]) -> Intent:
    """Hold stock for an order, every line or none."""
    return await reserving(call, call.body)


async def reserving(call: Call[NewReservation], body: NewReservation) -> Intent:
    first = body.items[0].sku
    command = ReserveStock(
        order_id=body.order_id,
        customer_id=body.customer_id,
        lines=tuple(Line(sku=item.sku, quantity=item.quantity) for item in body.items),
        category=await call.edge.category_of(first, GetProduct(sku=first)),
    )
    return Intent(command, {"order_id": body.order_id}, {"reservation": f"/v1/reservations/{body.order_id}"})


@routes.get("/v1/reservations/{order_id}", ReservationAnswer)
async def reservation(call: Call[None]) -> bytes:
    """A reservation and how long it holds."""
    return owned(await call.ask(GetReservation(order_id=call.id("order_id"))), call.principal)


@routes.post("/v1/reservations/{order_id}/confirmation", Nothing, guard=Guard.ADMIN, body_required=False, ids=("order_id",))
async def confirm(call: Call[Nothing]) -> Intent:
    """Sell what is held."""
    order_id = call.id("order_id")
    command = ConfirmReservation(order_id=order_id, category=await category_of_reservation(call, order_id))
    return Intent(command, {"order_id": order_id}, {"reservation": f"/v1/reservations/{order_id}"})


@routes.post("/v1/reservations/{order_id}/release", Nothing, guard=Guard.ADMIN, body_required=False, ids=("order_id",))
async def release(call: Call[Nothing]) -> Intent:
    """Give back what is held."""
    order_id = call.id("order_id")
    command = ReleaseReservation(order_id=order_id, category=await category_of_reservation(call, order_id))
    return Intent(command, {"order_id": order_id}, {"reservation": f"/v1/reservations/{order_id}"})


async def category_of_reservation(call: Call[Nothing], order_id: str) -> str:
    """Where the reservation was routed: the category of its first line. Raises Problem 404 for an unknown one."""
    known = await call.glance(GetReservation(order_id=order_id))
    if known is None or not known["items"]:
        return ""
    first = known["items"][0]["sku"]
    return await call.edge.category_of(first, GetProduct(sku=first))
